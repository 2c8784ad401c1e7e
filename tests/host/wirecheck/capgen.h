/* tests/host/wirecheck/capgen.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Makes captures: frames built here byte for byte, written by libpcap.  Two
 * hosts, A (10.0.0.2) and B (10.0.0.1), speak on a time of their own.  The
 * functions on top play a conversation as it should be; cg_seg() writes any
 * segment; what is to be wrong with the next frame is said in "with", which
 * is forgotten afterwards.
 */

#ifndef __TESTS_HOST_WIRECHECK_CAPGEN_H
#define __TESTS_HOST_WIRECHECK_CAPGEN_H

#include <stdbool.h>
#include <stdint.h>

#include <pcap/pcap.h>

enum
{
  CG_A,
  CG_B
};

#define CG_FIN 0x01
#define CG_SYN 0x02
#define CG_RST 0x04
#define CG_PSH 0x08
#define CG_ACK 0x10
#define CG_URG 0x20

/* What is different in the next frame */

struct cg_with_s
{
  bool lost;                         /* Between the two captures */
  bool unseen;                       /* In no capture */
  bool twice;                        /* Doubled between them */
  bool late;                         /* In B's capture behind the next one */
  bool damaged;                      /* In the capture of the other side */
  bool has_wnd;
  uint16_t wnd;
  bool has_ident;
  uint16_t ident;
  int32_t ts_delta;
  int32_t ecr_delta;
  bool no_ts;
  bool add_ts;
  bool open_csum;                    /* Left to the device */
  uint16_t csum_xor;
  uint16_t ip_xor;
  uint8_t data_xor;                  /* Of the last byte of payload */
  uint8_t version;
  uint8_t ttl;
  uint16_t frag;                     /* Of the IP header; 0: DF */
  uint8_t offset;                    /* Of the TCP header */
  uint8_t reserved;
  uint32_t src;
  unsigned int trailer;
  unsigned int cut;                  /* Bytes off the end */
  unsigned int ip_longer;            /* Than it is */
  unsigned int nsack;
  int64_t sack[4][2];
  uint8_t option[12];                /* Behind the others */
  unsigned int noption;
  bool vlan;
  bool pad;                          /* To 60 bytes */
};

struct cg_end_s
{
  uint32_t ip;
  uint8_t mac[6];
  uint16_t port;
  uint32_t isn;
  int64_t nxt;                       /* Number of its next byte */
  int64_t rcv;                       /* What it expects */
  uint16_t wnd;
  uint16_t mss;                      /* 0: no such option */
  int wscale;                        /* -1: no such option */
  bool ts;
  bool sack;
  uint32_t tsbase;
  uint32_t tsrecent;
  uint16_t ident;
};

struct cg_s
{
  pcap_t *pcap;
  pcap_dumper_t *out[2];             /* Next to A, and to B */
  unsigned int nout;
  int link;
  uint32_t snaplen;
  int64_t us;
  int64_t step;                      /* Between two frames */
  struct cg_end_s end[2];
  struct cg_with_s with;
  uint8_t held[16384];               /* A frame that is late */
  uint32_t nheld;
  uint8_t frame[70000];
};

/* file2 may be NULL.  Returns false if a file can not be written. */

bool cg_start(struct cg_s *g, const char *file, const char *file2, int link,
              uint32_t snaplen);
void cg_end(struct cg_s *g);

void cg_connection(struct cg_s *g, uint16_t port);
void cg_wait(struct cg_s *g, int64_t ms);
void cg_frame(struct cg_s *g, unsigned int from, uint16_t type,
              const void *data, unsigned int len);
void cg_ip(struct cg_s *g, unsigned int from, uint8_t proto,
           const void *data, unsigned int len);
void cg_seg(struct cg_s *g, unsigned int from, uint8_t flags, int64_t seq,
            int64_t ack, unsigned int len);
void cg_udp(struct cg_s *g, unsigned int from, uint16_t sport,
            uint16_t dport, unsigned int len);
void cg_fragments(struct cg_s *g, unsigned int from, unsigned int len,
                  unsigned int size, const unsigned int *order,
                  unsigned int n);
void cg_icmp(struct cg_s *g, unsigned int from, uint8_t type, uint8_t code,
             uint32_t rest, const void *data, unsigned int len);
void cg_arp(struct cg_s *g, unsigned int from, uint16_t op);

/* The conversation: what the others expect is brought up to date */

void cg_open(struct cg_s *g);
void cg_say(struct cg_s *g, unsigned int from, unsigned int len);
void cg_again(struct cg_s *g, unsigned int from, int64_t seq,
              unsigned int len);
void cg_ack(struct cg_s *g, unsigned int from);
void cg_sack(struct cg_s *g, unsigned int from, int64_t left, int64_t right);
void cg_finish(struct cg_s *g);
uint16_t cg_csum(const void *data, unsigned int len, uint32_t sum);
void cg_put16(uint8_t *p, uint32_t value);
void cg_put32(uint8_t *p, uint32_t value);

#endif /* __TESTS_HOST_WIRECHECK_CAPGEN_H */
