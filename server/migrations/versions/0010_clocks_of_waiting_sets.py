"""How far a device's clock was off when it sent a set: one that has to wait is judged by that, whenever it is judged."""

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('change_set', sa.Column('skew_ms', sa.BigInteger(), server_default='0', nullable=False))


def downgrade() -> None:
    op.drop_column('change_set', 'skew_ms')
