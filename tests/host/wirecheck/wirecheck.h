/* tests/host/wirecheck/wirecheck.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Wirecheck reads what was captured and says whether it obeys the rules of
 * TCP/IP.  The files, in the order in which a frame passes them:
 *
 *   wc_read.c     frames of a file, two files or an interface, and whether
 *                 the capture is complete
 *   wc_between.c  with two files: which host is next to which of them, and
 *                 what the network between them did to each frame
 *   wc_frame.c    Ethernet, ARP, IPv4; wc_frag.c fragments; wc_other.c ICMP,
 *                 IGMP, UDP
 *   wc_tcp.c      the header of a segment; wc_flow.c connections, their start
 *                 and end; wc_send.c what a sender may do; wc_resend.c why
 *                 something was sent again; wc_ack.c what a receiver may say
 *   wc_rules.c    the rules, and what was found; wc_json.c the results
 *
 * Each end of a connection is judged by what it has sent and what has reached
 * it by then, as seen from a capture next to it.  With one file both ends are
 * seen from the same place, and it may be that a frame was seen there and
 * never arrived: what an end has received is then at most what was seen.  All
 * rules are made such that they hold nevertheless.  The other way round
 * frames of a far end may have been lost, reordered or doubled before they
 * were captured; only an end that is known to be near ("exact") is held to
 * account for the order of its frames.
 *
 * Sequence numbers are 64 bits wide here and count from the SYN, which is 0.
 */

#ifndef __TESTS_HOST_WIRECHECK_WIRECHECK_H
#define __TESTS_HOST_WIRECHECK_WIRECHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WC_MSEC         1000000ll
#define WC_SEC          1000000000ll
#define WC_MAXFILES     2
#define WC_MAXHOSTOPTS  16
#define WC_MAXFINDINGS  1000
#define WC_MAXSACK      4

/* The exit status */

#define WC_CLEAN        0
#define WC_FINDINGS     1
#define WC_WRONG        2
#define WC_INCONCLUSIVE 3

/* The rules: identifier, family (the five of the usage text), whether it
 * needs every frame of the connection, and what is violated
 */

#define WC_RULES(X) \
  X(DATA_DIFFER, "data-differ", 1, 0, \
    "bytes sent again are not those sent first") \
  X(FRAME_SHORT, "frame-short", 2, 0, \
    "a frame ends inside of a header or of its packet") \
  X(FRAME_TRAILER, "frame-trailer", 2, 0, \
    "bytes behind the packet that are no padding") \
  X(FRAME_MTU, "frame-mtu", 2, 0, "a packet is longer than the MTU") \
  X(ARP_FORM, "arp-form", 2, 0, "a field of an ARP packet is wrong") \
  X(ARP_CONFLICT, "arp-conflict", 2, 0, \
    "two link addresses claim one IP address") \
  X(IP_HEADER, "ip-header", 2, 0, "a field of an IPv4 header is wrong") \
  X(IP_CSUM, "ip-csum", 2, 0, "the checksum of an IPv4 header is wrong") \
  X(IP_ADDRESS, "ip-address", 2, 0, \
    "an address that no packet may come from") \
  X(IP_FRAG, "ip-frag", 2, 0, \
    "fragments overlap, or have an impossible length or place") \
  X(ICMP_CSUM, "icmp-csum", 2, 0, "the checksum of an ICMP message is " \
    "wrong") \
  X(ICMP_FORM, "icmp-form", 2, 0, \
    "an ICMP message that must not be, or is too short") \
  X(ICMP_QUOTE, "icmp-quote", 2, 1, \
    "an ICMP error quotes a packet that was not sent") \
  X(ICMP_ECHO, "icmp-echo", 2, 1, \
    "an echo reply without its request, or with other data") \
  X(IGMP_CSUM, "igmp-csum", 2, 0, "the checksum of an IGMP message is " \
    "wrong") \
  X(UDP_LENGTH, "udp-length", 2, 0, \
    "the length of a datagram is not that of its packet") \
  X(UDP_CSUM, "udp-csum", 2, 0, "the checksum of a datagram is wrong") \
  X(TCP_HEADER, "tcp-header", 2, 0, "a field of a TCP header is wrong") \
  X(TCP_CSUM, "tcp-csum", 2, 0, "the checksum of a segment is wrong") \
  X(TCP_FLAGS, "tcp-flags", 2, 0, "flags that do not go together") \
  X(TCP_OPTION, "tcp-option", 2, 0, \
    "an option of a wrong length, value or place") \
  X(TCP_NEGOTIATE, "tcp-negotiate", 2, 1, \
    "an option that was not agreed on, or is missing although it was") \
  X(TCP_MSS, "tcp-mss", 2, 1, \
    "a segment is longer than the peer's MSS") \
  X(WINDOW, "window", 3, 1, "data beyond the advertised window") \
  X(WINDOW_SHRINK, "window-shrink", 3, 1, \
    "the right edge of the window is taken back") \
  X(SEQ_GAP, "seq-gap", 3, 1, "sequence numbers were left out") \
  X(SEQ_BACK, "seq-back", 3, 1, \
    "a segment without data has an old sequence number, and is no probe") \
  X(ACK_UNSENT, "ack-unsent", 3, 1, \
    "acknowledges what has not been sent") \
  X(ACK_HOLE, "ack-hole", 3, 1, \
    "acknowledges bytes that have not all arrived") \
  X(ACK_BACK, "ack-back", 3, 1, "the acknowledgement number goes back") \
  X(SACK_FORM, "sack-form", 3, 1, \
    "a SACK block that is empty, reversed or below no D-SACK") \
  X(SACK_FALSE, "sack-false", 3, 1, \
    "a SACK block of bytes that have not arrived") \
  X(DSACK_FALSE, "dsack-false", 3, 1, \
    "a D-SACK block of bytes that have not arrived twice") \
  X(TS_BACK, "ts-back", 3, 1, "the timestamp goes back") \
  X(TS_ECHO, "ts-echo", 3, 1, \
    "a timestamp is echoed that the peer has not sent") \
  X(RESEND_CAUSE, "resend-cause", 4, 1, \
    "sent again too early, and without another cause") \
  X(RESEND_BACKOFF, "resend-backoff", 4, 1, \
    "the time-out does not double") \
  X(RESEND_ACKED, "resend-acked", 4, 1, \
    "sent again long after it was acknowledged") \
  X(RESEND_STORM, "resend-storm", 4, 1, \
    "segment after segment is sent again that is known to have arrived") \
  X(RESEND_MISSING, "resend-missing", 4, 1, \
    "what is not acknowledged is not sent again") \
  X(SYN_ACK, "syn-ack", 5, 1, \
    "a SYN-ACK does not acknowledge the SYN") \
  X(SYN_AGAIN, "syn-again", 5, 1, \
    "a SYN with another number in a connection that is open") \
  X(STATE_DATA, "state-data", 5, 1, \
    "data before the connection is established") \
  X(FIN_MOVED, "fin-moved", 5, 1, "a second FIN at another place") \
  X(FIN_BEYOND, "fin-beyond", 5, 1, "data behind the FIN") \
  X(AFTER_RST, "after-rst", 5, 1, \
    "segments of an end that has reset the connection") \
  X(RST_SEQ, "rst-seq", 5, 1, \
    "a RST with a sequence number that was never in use") \
  X(NOT_SENT, "not-sent", 5, 1, \
    "a frame arrives on one side that was not sent on the other")

enum wc_rule_e
{
#define X(name, id, family, complete, text) WC_##name,
  WC_RULES(X)
#undef X
  WC_NRULES
};

struct wc_rule_s
{
  const char *id;
  unsigned int family;
  bool complete;                     /* Needs all frames */
  const char *text;
};

extern const struct wc_rule_s g_wc_rules[WC_NRULES];

/* IPv4 addresses are mapped, so that the rest need not know the family */

struct wc_addr_s
{
  uint8_t b[16];
};

/* A capture that is in memory, for the fuzzer; nothing is said about it */

struct wc_memory_s
{
  const void *data;
  size_t size;
};

struct wc_options_s
{
  const char *file[WC_MAXFILES];
  const struct wc_memory_s *memory;  /* As many; NULL: files */
  unsigned int nfiles;
  const char *interface;
  const char *json;
  unsigned int mtu;                  /* 0: not known */
  unsigned int segments;             /* Flows with points in the JSON */
  unsigned int rto_min_ms;
  uint64_t count;                    /* Frames of a live capture; 0: all */
  unsigned int seconds;              /* ... and its time */
  bool quiet;
  bool offload_all;
  struct wc_addr_s offload[WC_MAXHOSTOPTS];
  unsigned int noffload;
  struct wc_addr_s near[WC_MAXHOSTOPTS];
  unsigned int nnear;
};

/* Somebody with an address */

struct wc_host_s
{
  struct wc_host_s *next;
  struct wc_addr_s addr;
  uint64_t frames[WC_MAXFILES];
  uint64_t votes[WC_MAXFILES];       /* Frames that were there first */
  unsigned int near;                 /* The file next to it */
  bool exact;                        /* ... which has it all in order */
  bool offload;
  bool has_mac;
  uint8_t mac[6];
  int64_t last;                      /* Its last frame */
  uint64_t sent;                     /* What became of its frames */
  uint64_t lost;
  uint64_t duplicated;
  uint64_t changed;
  uint64_t reordered;
  uint64_t newest;
};

/* A frame, and what is known of it so far */

struct wc_frame_s
{
  unsigned int file;
  uint64_t number;
  int64_t t;
  const uint8_t *data;
  uint32_t caplen;
  uint32_t len;
  int link;
};

struct wc_pkt_s
{
  const struct wc_frame_s *frame;
  const uint8_t *ip;
  struct wc_addr_s src;
  struct wc_addr_s dst;
  struct wc_host_s *from;
  struct wc_host_s *to;
  bool sender_here;
  bool receiver_here;
  bool whole;                        /* Nothing was cut by the snaplen */
  bool changed;                      /* By the network; otherwise in order */
  uint8_t proto;
  uint16_t ident;
  const uint8_t *l4;
  uint32_t l4len;
  uint32_t l4cap;                    /* What there is of it */
};

struct wc_sack_s
{
  uint32_t left;
  uint32_t right;
};

struct wc_seg_s
{
  struct wc_pkt_s *pkt;
  uint16_t sport;
  uint16_t dport;
  uint32_t seq;
  uint32_t ack;
  uint16_t flags;
  uint16_t wnd;
  uint32_t optlen;
  const uint8_t *data;
  uint32_t len;                      /* Payload */
  bool has_mss;
  bool has_wscale;
  bool sack_ok;
  bool has_ts;
  uint16_t mss;
  uint8_t wscale;
  uint32_t tsval;
  uint32_t tsecr;
  unsigned int nsack;
  struct wc_sack_s sack[WC_MAXSACK];
};

#define WC_FIN 0x01
#define WC_SYN 0x02
#define WC_RST 0x04
#define WC_PSH 0x08
#define WC_ACK 0x10
#define WC_URG 0x20

/* A set of numbers: ranges in order that do not touch */

struct wc_range_s
{
  int64_t left;
  int64_t right;
};

struct wc_set_s
{
  struct wc_range_s *r;
  size_t n;
  size_t size;
};

/* The bytes of a direction as they were sent first: a row of pages.  What was
 * acknowledged long ago is let go.
 */

#define WC_PAGE  16384
#define WC_KEEP  (8 << 20)

struct wc_store_s
{
  uint8_t **page;
  size_t npages;
  int64_t first;                     /* Number of the first page */
  struct wc_set_s have;
};

/* What was sent, in pieces that have the same history */

struct wc_piece_s
{
  int64_t left;
  int64_t right;
  int64_t t_last;
  int64_t t_sacked;
  uint32_t ts_last;                  /* The sender's timestamp then */
  uint32_t ts_sacked;                /* ... and the receiver's */
  uint64_t order;                    /* Of the last time */
  uint32_t count;
  bool sacked;
  bool probe;                        /* Beyond the window */
};

enum wc_cause_e
{
  WC_FIRST,
  WC_RTO,
  WC_DUPACK,
  WC_BY_SACK,
  WC_RACK,
  WC_TLP,
  WC_PARTIAL,
  WC_PROBE,
  WC_PMTU,
  WC_REPEAT,                         /* The peer has asked for it again */
  WC_UNKNOWN,
  WC_NCAUSES
};

extern const char *const g_wc_causes[WC_NCAUSES];

/* Points of the time-sequence graph */

struct wc_point_s
{
  int64_t t;
  int64_t a;                         /* Sequence number, or acknowledgement */
  int64_t b;                         /* Length, or right edge */
  uint8_t dir;
  uint8_t cause;
  uint8_t nsack;
  struct wc_range_s sack[3];
};

#define WC_MAXPOINTS 4000

struct wc_points_s
{
  struct wc_point_s *p;
  size_t n;
  size_t size;
  uint64_t total;
  uint64_t stride;
};

#define WC_NACKS 32

struct wc_end_s
{
  struct wc_host_s *host;
  uint16_t port;

  /* What its SYN said, and what became of it */

  bool syn;                          /* Was seen */
  bool known;                        /* isn is */
  uint32_t isn;
  bool has_wscale;
  bool sack_ok;
  bool has_ts;
  uint8_t wscale;
  uint16_t mss;

  /* As a sender */

  int64_t snd_max;                   /* Behind all that was sent */
  int64_t seen;                      /* The highest number, even if empty */
  int64_t una;                       /* What it knows to have arrived */
  int64_t ack_rcvd;                  /* The last one, even if wrong */
  int64_t edge;                      /* The farthest right edge offered */
  int64_t edge_now;
  int64_t fin;                       /* -1: none */
  int64_t t_rst;                     /* -1: none */
  int64_t t_una;                     /* The last progress */
  struct wc_piece_s *piece;
  size_t first;                      /* Those before are acknowledged */
  size_t npieces;
  size_t size;
  uint64_t order;
  uint64_t delivered;                /* Order of the newest that arrived */
  uint32_t ackwnd;                   /* Of the last acknowledgement */
  unsigned int dupacks;
  int64_t t_dupack;
  int64_t recover;                   /* End of a fast recovery */
  int64_t t_recover;
  int64_t rto_high;                  /* What a time-out gave up */
  int64_t t_rto;
  int64_t rto_una;
  int64_t interval;                  /* The last time-out */
  unsigned int timeouts;             /* In a row */
  int64_t tlp_high;
  int64_t tlp_una;
  int64_t t_tlp;
  int64_t t_sack;
  int64_t t_synrcvd;                 /* A SYN came */
  uint32_t nsynrcvd;                 /* ... so often */
  uint32_t answers;                  /* ... and was answered */
  uint64_t pmtu;                     /* Sent before an ICMP said too long */
  bool icmp;
  bool got_rst;
  bool got_syn;
  unsigned int useless;
  bool storm;
  bool missing;
  int64_t srtt;
  struct
  {
    int64_t ack;
    int64_t t;
    uint32_t ts;
  } acks[WC_NACKS];

  unsigned int nacks;
  uint32_t tsval;
  bool ts_seen;
  struct wc_store_s store;

  /* As a receiver */

  struct wc_set_s rx;                /* Has arrived */
  struct wc_set_s dup;               /* Twice */
  int64_t rcv_max;
  int64_t acked;                     /* The farthest acknowledgement sent */
  int64_t adv;                       /* ... and right edge */
  bool taken_back;                   /* Some of it, for want of memory */
  uint32_t ts_rcvd;
  uint32_t ts_first;
  bool ts_any;

  /* Counters */

  uint64_t segments;
  uint64_t payload;
  uint64_t resent;
  uint64_t resent_bytes;
  uint64_t causes[WC_NCAUSES];
  uint64_t pure_acks;
  uint64_t dupacks_sent;
  uint64_t sack_blocks;
  uint64_t dsacks;
  uint64_t zero_windows;
  uint64_t keepalives;
  uint64_t probes;
  uint64_t out_of_order;
  uint64_t netdups;
  uint64_t unverified;
  uint64_t rtt_n;
  int64_t rtt_min;
  int64_t rtt_max;
  double rtt_sum;

  /* The last segment, to tell what is a duplicate */

  int64_t last_ack;
  uint32_t last_wnd;
  uint64_t recent[64];               /* Identities of packets */
  unsigned int nrecent;
};

struct wc_flow_s
{
  struct wc_flow_s *next;            /* Of the same hash */
  struct wc_flow_s *older;           /* Made before */
  uint32_t id;
  struct wc_end_s end[2];
  bool complete;                     /* Its start was seen */
  int64_t t_first;
  int64_t t_last;
  struct wc_points_s segments;
  struct wc_points_s acks;
};

struct wc_finding_s
{
  enum wc_rule_e rule;
  int64_t flow;                      /* -1: none */
  unsigned int file;
  uint64_t frame;
  int64_t t;
  char *name;
  char *text;
};

struct wc_capture_s
{
  const char *file;
  uint64_t frames;
  uint64_t bytes;
  uint64_t dropped;
  uint64_t cut;                      /* Frames shorter than on the wire */
};

struct wc_protocols_s
{
  uint64_t arp;
  uint64_t ipv4;
  uint64_t fragments;
  uint64_t icmp;
  uint64_t igmp;
  uint64_t udp;
  uint64_t tcp;
  uint64_t ipv6;
  uint64_t other;
};

#define WC_HASH    4096
#define WC_NECHOS  1024
#define WC_MAXFRAGS 64

struct wc_between_s;
struct wc_frag_s;

struct wc_s
{
  struct wc_options_s opt;
  struct wc_capture_s capture[WC_MAXFILES];
  unsigned int ncaptures;
  struct wc_protocols_s protocols;
  int64_t t_first;
  int64_t t_last;
  bool started;
  struct wc_host_s *hosts[WC_HASH];
  struct wc_flow_s *flows[WC_HASH];
  struct wc_flow_s *newest;
  uint32_t nflows;
  struct wc_between_s *between;
  struct wc_frag_s *frags;
  uint64_t *sent_udp;                /* Endpoints that have sent */
  size_t nsent_udp;
  uint64_t echos[WC_NECHOS];
  unsigned int necho;
  struct wc_finding_s *findings;
  size_t nfindings;
  uint64_t found[WC_NRULES];
  uint64_t total;
  char *reasons[16];
  unsigned int nreasons;
  uint64_t missing_start;
  uint64_t unchecked;                /* Of IPv6 */
};

/* wc_main.c */

int wc_main(int argc, char **argv);

/* wc_rules.c */

void *wc_alloc(void *old, size_t size);
void wc_found(struct wc_s *w, const struct wc_frame_s *frame,
              const struct wc_flow_s *flow, enum wc_rule_e rule,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void wc_reason(struct wc_s *w, const char *fmt, ...)
  __attribute__((format(printf, 2, 3)));
void wc_list_rules(FILE *out);
const char *wc_flow_name(const struct wc_flow_s *flow, char *buf,
                         size_t size);
int wc_verdict(struct wc_s *w);
const char *wc_verdict_name(int status);
void wc_report(struct wc_s *w, int status, FILE *out);
struct wc_s *wc_new(const struct wc_options_s *opt);
void wc_free(struct wc_s *w);

/* wc_read.c: 0, or WC_WRONG after a line to stderr */

int wc_read(struct wc_s *w);

/* wc_between.c */

void wc_between_note(struct wc_s *w, const struct wc_frame_s *frame);
void wc_between_decide(struct wc_s *w);
bool wc_between_judge(struct wc_s *w, struct wc_pkt_s *pkt);
bool wc_between_sender(struct wc_s *w, const struct wc_frame_s *frame);
void wc_between_end(struct wc_s *w);
void wc_between_free(struct wc_s *w);
struct wc_host_s *wc_host(struct wc_s *w, const struct wc_addr_s *addr);
struct wc_host_s *wc_host_find(struct wc_s *w, const struct wc_addr_s *addr);
uint64_t wc_hash(uint64_t hash, const void *data, size_t len);

/* wc_frame.c */

#define WC_ETH_ARP   0x0806
#define WC_ETH_IPV4  0x0800
#define WC_ETH_IPV6  0x86dd

const uint8_t *wc_l3(const struct wc_frame_s *frame, uint16_t *type);
void wc_frame(struct wc_s *w, const struct wc_frame_s *frame);
void wc_transport(struct wc_s *w, struct wc_pkt_s *pkt);
bool wc_sums_good(const uint8_t *ip, size_t len);
uint32_t wc_sum(const void *data, size_t len, uint32_t sum);
uint16_t wc_fold(uint32_t sum);
uint32_t wc_pseudo(const struct wc_pkt_s *pkt);
bool wc_csum_ok(const struct wc_pkt_s *pkt, uint16_t field);
void wc_addr4(struct wc_addr_s *addr, const uint8_t *b);
const char *wc_addr_text(const struct wc_addr_s *addr, char *buf,
                         size_t size);
static inline uint16_t wc_16(const uint8_t *p)
{
  return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wc_32(const uint8_t *p)
{
  return (uint32_t)wc_16(p) << 16 | wc_16(p + 2);
}

/* wc_frag.c */

bool wc_frag(struct wc_s *w, struct wc_pkt_s *pkt, uint16_t field);
void wc_frag_free(struct wc_s *w);

/* wc_other.c */

void wc_udp(struct wc_s *w, struct wc_pkt_s *pkt);
void wc_icmp(struct wc_s *w, struct wc_pkt_s *pkt);
bool wc_icmp_is_error(uint8_t type);
void wc_igmp(struct wc_s *w, struct wc_pkt_s *pkt);

/* wc_tcp.c */

void wc_tcp(struct wc_s *w, struct wc_pkt_s *pkt);

/* wc_flow.c */

void wc_flow(struct wc_s *w, struct wc_seg_s *seg);
struct wc_flow_s *wc_flow_find(struct wc_s *w, const struct wc_addr_s *a,
                               uint16_t ap, const struct wc_addr_s *b,
                               uint16_t bp, unsigned int *side);
int64_t wc_unwrap(const struct wc_end_s *owner, int64_t near, uint32_t seq);
const char *wc_flow_state(const struct wc_flow_s *flow);
void wc_flow_end(struct wc_s *w);
void wc_flow_free(struct wc_s *w);

/* wc_send.c */

void wc_sent(struct wc_s *w, struct wc_flow_s *flow, unsigned int side,
             const struct wc_seg_s *seg);
void wc_resend_missing(struct wc_s *w, struct wc_flow_s *flow,
                       struct wc_end_s *e, const struct wc_frame_s *frame,
                       int64_t now);

/* wc_resend.c */

enum wc_cause_e wc_transmit(struct wc_s *w, struct wc_flow_s *flow,
                            struct wc_end_s *e, const struct wc_seg_s *seg,
                            int64_t left, int64_t right);
void wc_piece_acked(struct wc_end_s *e, int64_t ack,
                    const struct wc_seg_s *seg);
void wc_piece_sacked(struct wc_end_s *e, int64_t left, int64_t right,
                     const struct wc_seg_s *seg);

/* wc_ack.c */

void wc_acks(struct wc_s *w, struct wc_flow_s *flow, unsigned int side,
             const struct wc_seg_s *seg, bool late);
void wc_received(struct wc_flow_s *flow, unsigned int side,
                 const struct wc_seg_s *seg);

/* wc_set.c */

void wc_set_add(struct wc_set_s *set, int64_t left, int64_t right);
bool wc_set_has(const struct wc_set_s *set, int64_t left, int64_t right);
bool wc_set_any(const struct wc_set_s *set, int64_t left, int64_t right);
int64_t wc_set_run(const struct wc_set_s *set, int64_t from);
void wc_set_trim(struct wc_set_s *set, int64_t below);
void wc_set_common(const struct wc_set_s *set, int64_t left, int64_t right,
                   struct wc_set_s *to);
int64_t wc_store(struct wc_store_s *store, int64_t at, const uint8_t *data,
                 size_t len, uint64_t *unverified);
void wc_store_trim(struct wc_store_s *store, int64_t below);
void wc_store_free(struct wc_store_s *store);
void wc_point(struct wc_points_s *points, const struct wc_point_s *point);

/* wc_json.c */

int wc_json(struct wc_s *w, int status, const char *file);

#endif /* __TESTS_HOST_WIRECHECK_WIRECHECK_H */
