"""The first tables."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('blob',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('object_key', sa.Text(), nullable=True),
    sa.Column('thumbnail_key', sa.Text(), nullable=True),
    sa.Column('device_id', sa.Text(), nullable=False),
    sa.Column('stored_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('book_id', 'sha256')
    )
    with op.batch_alter_table('blob', schema=None) as batch_op:
        batch_op.create_index('blob_state', ['book_id', 'state'], unique=False)

    op.create_table('book',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('pos', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('head', sa.Text(), server_default='0000000000000000000000000000000000000000000000000000000000000000', nullable=False),
    sa.Column('check_n', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('check_sum', sa.Text(), server_default='000000000000000000000000', nullable=False),
    sa.Column('floor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('left_pos', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('book', schema=None) as batch_op:
        batch_op.create_index('book_owner', ['kind', 'owner'], unique=False)

    op.create_table('change_set',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('device_id', sa.Text(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=True),
    sa.Column('action', sa.Text(), server_default='', nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('verdict', sa.Text(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('faults', sa.Integer(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('device_id', 'seq')
    )
    with op.batch_alter_table('change_set', schema=None) as batch_op:
        batch_op.create_index('change_set_state', ['state', 'device_id'], unique=False)

    op.create_table('console_session',
    sa.Column('id_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('data', sa.Text(), server_default='{}', nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id_hash')
    )
    with op.batch_alter_table('console_session', schema=None) as batch_op:
        batch_op.create_index('console_session_user', ['user_id'], unique=False)

    op.create_table('device',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), server_default='device', nullable=False),
    sa.Column('name', sa.Text(), server_default='', nullable=False),
    sa.Column('platform', sa.Text(), server_default='', nullable=False),
    sa.Column('app', sa.Text(), server_default='', nullable=False),
    sa.Column('schema', sa.Integer(), server_default='1', nullable=False),
    sa.Column('sign_key', sa.Text(), nullable=True),
    sa.Column('seal_key', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='active', nullable=False),
    sa.Column('last_seq', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('enrolled_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('held_sets', sa.Integer(), server_default='0', nullable=False),
    sa.Column('held_photos', sa.Integer(), server_default='0', nullable=False),
    sa.Column('held_since', sa.BigInteger(), nullable=True),
    sa.Column('skew_ms', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('device', schema=None) as batch_op:
        batch_op.create_index('device_user', ['user_id'], unique=False)

    op.create_table('epoch',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.Column('forks', sa.Text(), server_default='{}', nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('invitation',
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('issued_by', sa.Text(), nullable=False),
    sa.Column('issued_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.Column('device_id', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('code_hash')
    )
    op.create_table('job',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('argument', sa.Text(), server_default='', nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('lease_until', sa.BigInteger(), nullable=True),
    sa.Column('fence', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('unique_key', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('unique_key')
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index('job_due', ['state', 'due_at'], unique=False)

    op.create_table('left_book',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.Column('pos', sa.BigInteger(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'record')
    )
    with op.batch_alter_table('left_book', schema=None) as batch_op:
        batch_op.create_index('left_book_pos', ['book_id', 'pos'], unique=False)

    op.create_table('log',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('pos', sa.BigInteger(), nullable=False),
    sa.Column('set_id', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.Column('rev', sa.BigInteger(), nullable=False),
    sa.Column('ver', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'pos')
    )
    with op.batch_alter_table('log', schema=None) as batch_op:
        batch_op.create_index('log_record', ['record', 'rev'], unique=False)

    op.create_table('log_body',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('pos', sa.BigInteger(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'pos')
    )
    op.create_table('place',
    sa.Column('record', sa.Text(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('record')
    )
    op.create_table('read_log',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('record',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.Column('rev', sa.BigInteger(), nullable=False),
    sa.Column('ver', sa.Text(), nullable=False),
    sa.Column('pos', sa.BigInteger(), nullable=False),
    sa.Column('removed', sa.Boolean(), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('stamps', sa.Text(), nullable=False),
    sa.Column('made_by', sa.Text(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'id')
    )
    with op.batch_alter_table('record', schema=None) as batch_op:
        batch_op.create_index('record_id', ['id'], unique=False)
        batch_op.create_index('record_pos', ['book_id', 'pos'], unique=False)

    op.create_table('residence',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('from_pos', sa.BigInteger(), nullable=False),
    sa.Column('to_pos', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('book_id', 'customer', 'from_pos')
    )
    with op.batch_alter_table('residence', schema=None) as batch_op:
        batch_op.create_index('residence_customer', ['customer'], unique=False)

    op.create_table('seat',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('seat', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('term', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.Column('since_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'seat')
    )
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.create_index('seat_user', ['user_id'], unique=False)

    op.create_table('setting',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('tenure',
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('seat', sa.Text(), nullable=False),
    sa.Column('term', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('from_pos', sa.BigInteger(), nullable=False),
    sa.Column('to_pos', sa.BigInteger(), nullable=True),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('book_id', 'seat', 'term')
    )
    op.create_table('upload',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('device_id', sa.Text(), nullable=False),
    sa.Column('book_id', sa.Text(), nullable=False),
    sa.Column('set_id', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('length_bytes', sa.BigInteger(), nullable=False),
    sa.Column('offset_bytes', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.create_index('upload_device', ['device_id', 'sha256'], unique=False)

    op.create_table('user_account',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('roles', sa.Text(), server_default='[]', nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), server_default='en', nullable=False),
    sa.Column('state', sa.Text(), server_default='active', nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('login')
    )


def downgrade() -> None:
    op.drop_table('user_account')
    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.drop_index('upload_device')

    op.drop_table('upload')
    op.drop_table('tenure')
    op.drop_table('setting')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_index('seat_user')

    op.drop_table('seat')
    with op.batch_alter_table('residence', schema=None) as batch_op:
        batch_op.drop_index('residence_customer')

    op.drop_table('residence')
    with op.batch_alter_table('record', schema=None) as batch_op:
        batch_op.drop_index('record_pos')
        batch_op.drop_index('record_id')

    op.drop_table('record')
    op.drop_table('read_log')
    op.drop_table('place')
    op.drop_table('log_body')
    with op.batch_alter_table('log', schema=None) as batch_op:
        batch_op.drop_index('log_record')

    op.drop_table('log')
    with op.batch_alter_table('left_book', schema=None) as batch_op:
        batch_op.drop_index('left_book_pos')

    op.drop_table('left_book')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index('job_due')

    op.drop_table('job')
    op.drop_table('invitation')
    op.drop_table('epoch')
    with op.batch_alter_table('device', schema=None) as batch_op:
        batch_op.drop_index('device_user')

    op.drop_table('device')
    with op.batch_alter_table('console_session', schema=None) as batch_op:
        batch_op.drop_index('console_session_user')

    op.drop_table('console_session')
    with op.batch_alter_table('change_set', schema=None) as batch_op:
        batch_op.drop_index('change_set_state')

    op.drop_table('change_set')
    with op.batch_alter_table('book', schema=None) as batch_op:
        batch_op.drop_index('book_owner')

    op.drop_table('book')
    with op.batch_alter_table('blob', schema=None) as batch_op:
        batch_op.drop_index('blob_state')

    op.drop_table('blob')
