"""One holder of a seat at any moment; who a seat falls back to; reading ahead of a hand-over."""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

OPEN = sa.text('to_pos IS NULL')


def upgrade() -> None:
    op.add_column('seat', sa.Column('back_to', sa.Text(), nullable=True))
    op.create_index('seat_back_to', 'seat', ['back_to'], unique=False)
    op.create_index(
        'tenure_open', 'tenure', ['book_id', 'seat'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table('read_grant',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.Column('by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'user_id')
    )
    op.create_index('read_grant_user', 'read_grant', ['user_id'], unique=False)


def downgrade() -> None:
    op.drop_table('read_grant')
    op.drop_index('tenure_open', table_name='tenure')
    op.drop_index('seat_back_to', table_name='seat')
    op.drop_column('seat', 'back_to')
