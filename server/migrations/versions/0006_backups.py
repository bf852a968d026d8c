"""Key holders, runs of the backup, photos that are archived, what changed since the last segment."""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('key_holder',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('added_by', sa.Text(), nullable=False),
    sa.Column('added_at', sa.BigInteger(), nullable=False),
    sa.Column('challenge_hash', sa.Text(), nullable=True),
    sa.Column('challenge_at', sa.BigInteger(), nullable=True),
    sa.Column('proved_at', sa.BigInteger(), nullable=True),
    sa.Column('removed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('key_holder_recipient', 'key_holder', ['recipient'], unique=False)
    op.create_table('backup_run',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('number', sa.BigInteger(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=True),
    sa.Column('photos', sa.BigInteger(), nullable=True),
    sa.Column('drill_hash', sa.Text(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False, server_default='{}'),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('backup_run_kind', 'backup_run', ['kind', 'state', 'ended_at'], unique=False)
    op.create_table('backup_pack',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('recipients', sa.Text(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_table('backup_photo',
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('pack', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('sha256')
    )
    op.create_table('backup_dirty',
    sa.Column('n', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('n')
    )


def downgrade() -> None:
    for table in ('backup_dirty', 'backup_photo', 'backup_pack', 'backup_run', 'key_holder'):
        op.drop_table(table)
