# An SMS centre for tests, on the Perl library Net::SMPP (Debian: libnet-smpp-perl). Usage: perl smpp_centre.pl PORT
# Takes any message, says each on a line, then reports it as delivered, and with the first bind brings one from a telephone.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my $centre = Net::SMPP->new_listen('127.0.0.1', port => $ARGV[0]) or die "no centre: $!";
print "listening\n";
my ($count, $brought) = (0, 0);
while (my $peer = $centre->accept()) {
    while (my $pdu = $peer->read_pdu()) {
        my $name = Net::SMPP::pdu_tab->{$pdu->{cmd}}{cmd} || '';
        if ($name eq 'bind_transceiver') {
            my $status = $pdu->{password} eq 'bar' ? 0 : 14;
            $peer->bind_transceiver_resp(system_id => 'centre', seq => $pdu->{seq}, status => $status);
            next if $status || $brought++;
            $peer->deliver_sm(async => 1, source_addr => '8613800138000', destination_addr => '10690', data_coding => 8,
                short_message => pack('n*', 0x6536, 0x5230), seq => 9000);
        } elsif ($name eq 'submit_sm') {
            my $id = 'c-' . ++$count;
            my $to = $pdu->{destination_addr};
            print join(' ', 'took', $id, $to, $pdu->{data_coding}, $pdu->{esm_class}, unpack('H*', $pdu->{short_message})), "\n";
            my $status = $to =~ /0000$/ ? 11 : $to =~ /0088$/ ? 88 : 0;
            $peer->submit_sm_resp(message_id => $id, seq => $pdu->{seq}, status => $status);
            next if $status;
            my $receipt = "id:$id sub:001 dlvrd:001 submit date:2611251200 done date:2611251201 stat:DELIVRD err:000 text:";
            $peer->deliver_sm(async => 1, source_addr => $to, destination_addr => '10690', esm_class => 4,
                short_message => $receipt, seq => 10000 + $count);
        } elsif ($name eq 'enquire_link') {
            $peer->enquire_link_resp(seq => $pdu->{seq});
        } elsif ($name eq 'unbind') {
            $peer->unbind_resp(seq => $pdu->{seq});
            last;
        }
    }
    close $peer;
}
