"""Second factors, sign-in through a directory, the organisation, lookups, releases; what a session and a read log say."""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('console_session', sa.Column('proved_at', sa.BigInteger(), nullable=True))
    op.add_column('console_session', sa.Column('address', sa.Text(), server_default='', nullable=False))
    op.add_column('console_session', sa.Column('agent', sa.Text(), server_default='', nullable=False))
    op.add_column('read_log', sa.Column('via', sa.Text(), server_default='', nullable=False))
    op.add_column('read_log', sa.Column('hash', sa.Text(), server_default='', nullable=False))
    op.create_index('read_log_customer', 'read_log', ['customer', 'id'], unique=False)
    op.create_index('read_log_user', 'read_log', ['user_id', 'id'], unique=False)
    op.create_table('second_factor',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('confirmed_at', sa.BigInteger(), nullable=True),
    sa.Column('last_step', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('user_id')
    )
    op.create_table('recovery_code',
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('code_hash')
    )
    op.create_index('recovery_code_user', 'recovery_code', ['user_id'], unique=False)
    op.create_table('directory_identity',
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('linked_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('issuer', 'subject')
    )
    op.create_index('directory_identity_user', 'directory_identity', ['user_id'], unique=False)
    op.create_table('unit',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('membership',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Text(), nullable=False),
    sa.Column('position', sa.Text(), server_default='', nullable=False),
    sa.Column('level', sa.Text(), server_default='operation', nullable=False),
    sa.Column('leads', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('user_id')
    )
    op.create_index('membership_unit', 'membership', ['unit_id'], unique=False)
    op.create_table('security_event',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('by', sa.Text(), nullable=True),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('security_event_at', 'security_event', ['at'], unique=False)
    op.create_table('lookup',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('groups', sa.Text(), server_default='[]', nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('lookup_asked_by', 'lookup', ['asked_by', 'state'], unique=False)
    op.create_index('lookup_state', 'lookup', ['state', 'until'], unique=False)
    op.create_table('release',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.Column('book_id', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('query', sa.Text(), server_default='{}', nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), server_default='', nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.Column('issued_at', sa.BigInteger(), nullable=True),
    sa.Column('copies', sa.Integer(), server_default='0', nullable=False),
    sa.Column('return_by', sa.Text(), nullable=True),
    sa.Column('returned_at', sa.BigInteger(), nullable=True),
    sa.UniqueConstraint('number'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('release_state', 'release', ['state'], unique=False)


def downgrade() -> None:
    for name in ('release', 'lookup', 'security_event', 'membership', 'unit', 'directory_identity', 'recovery_code', 'second_factor'):
        op.drop_table(name)
    op.drop_index('read_log_user', table_name='read_log')
    op.drop_index('read_log_customer', table_name='read_log')
    for name in ('hash', 'via'):
        op.drop_column('read_log', name)
    for name in ('agent', 'address', 'proved_at'):
        op.drop_column('console_session', name)
