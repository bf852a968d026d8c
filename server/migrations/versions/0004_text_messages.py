"""Text messages: the outbox, lists of recipients, reports, replies, and who wants none."""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('message_out',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=True),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.Column('list_id', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('phone_key', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('encoding', sa.Text(), nullable=False),
    sa.Column('parts', sa.Integer(), nullable=False),
    sa.Column('template', sa.Text(), nullable=True),
    sa.Column('params', sa.Text(), nullable=False, server_default='{}'),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('held', sa.Text(), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False, server_default='0'),
    sa.Column('sending_until', sa.BigInteger(), nullable=True),
    sa.Column('gateway', sa.Text(), nullable=True),
    sa.Column('gateway_id', sa.Text(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('unique_key', sa.Text(), nullable=True),
    sa.Column('again_of', sa.Text(), nullable=True),
    sa.Column('filed', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('sent_at', sa.BigInteger(), nullable=True),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('unique_key')
    )
    op.create_index('message_out_customer', 'message_out', ['customer'], unique=False)
    op.create_index('message_out_due', 'message_out', ['state', 'kind', 'due_at', 'id'], unique=False)
    op.create_index('message_out_filed', 'message_out', ['filed'], unique=False)
    op.create_index('message_out_gateway', 'message_out', ['gateway', 'gateway_id'], unique=False)
    op.create_index('message_out_list', 'message_out', ['list_id'], unique=False)
    op.create_index('message_out_phone', 'message_out', ['phone_key', 'sent_at'], unique=False)
    op.create_table('message_list',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('template', sa.Text(), nullable=True),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('send_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.Column('unique_key', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('unique_key')
    )
    op.create_index('message_list_state', 'message_list', ['state', 'created_at'], unique=False)
    op.create_table('message_recipient',
    sa.Column('list_id', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('phone_key', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('encoding', sa.Text(), nullable=False),
    sa.Column('parts', sa.Integer(), nullable=False),
    sa.Column('params', sa.Text(), nullable=False, server_default='{}'),
    sa.Column('left_out', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('list_id', 'n')
    )
    op.create_table('message_report',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('gateway', sa.Text(), nullable=False),
    sa.Column('gateway_id', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('gateway', 'gateway_id', 'state', 'code')
    )
    op.create_index('message_report_message', 'message_report', ['message'], unique=False)
    op.create_table('message_in',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('gateway', sa.Text(), nullable=False),
    sa.Column('gateway_id', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('phone_key', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=True),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('gateway', 'gateway_id')
    )
    op.create_index('message_in_state', 'message_in', ['state', 'received_at'], unique=False)
    op.create_table('opt_out',
    sa.Column('phone_key', sa.Text(), nullable=False),
    sa.Column('word', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('by', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('phone_key')
    )


def downgrade() -> None:
    op.drop_table('opt_out')
    op.drop_table('message_in')
    op.drop_table('message_report')
    op.drop_table('message_recipient')
    op.drop_table('message_list')
    op.drop_table('message_out')
