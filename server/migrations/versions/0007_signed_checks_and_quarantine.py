"""Signed register checks; what became of put-aside work; what came into a book when."""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('register_check',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('records', sa.Text(), nullable=False),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('signed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'id'),
    sa.UniqueConstraint('book_id', 'from_at')
    )
    op.create_table('quarantine_decision',
    sa.Column('set_id', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('new_set', sa.Text(), nullable=True),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('set_id')
    )
    op.create_index('record_at', 'record', ['book_id', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('record_at', table_name='record')
    op.drop_table('quarantine_decision')
    op.drop_table('register_check')
