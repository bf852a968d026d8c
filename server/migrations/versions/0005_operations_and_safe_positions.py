"""Requests for erasures; up to where verified backups reach."""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('erasure_customer', 'erasure', ['customer'], unique=False)
    op.create_table('safe',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('pos', sa.BigInteger(), nullable=False),
    sa.Column('verified_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('book_id')
    )


def downgrade() -> None:
    op.drop_table('safe')
    op.drop_table('erasure')
