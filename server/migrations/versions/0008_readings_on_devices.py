"""The read log says of a reading on a device on which, when, and what is wrong with it."""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('read_log', sa.Column('device_id', sa.Text(), nullable=True))
    op.add_column('read_log', sa.Column('read_at', sa.BigInteger(), nullable=True))
    op.add_column('read_log', sa.Column('mark', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('read_log', 'mark')
    op.drop_column('read_log', 'read_at')
    op.drop_column('read_log', 'device_id')
