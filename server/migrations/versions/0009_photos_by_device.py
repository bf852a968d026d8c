"""The photos that a device still owes are found by the device, not among all of them."""

from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('blob_device', 'blob', ['device_id', 'state'], unique=False)


def downgrade() -> None:
    op.drop_index('blob_device', table_name='blob')
