/* tests/host/packet/script.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Packet scripts: a test of TCP that reads like a figure in an RFC.  A file
 * of lines, each a time and an event - a segment that arrives, a segment that
 * the stack must send, a call of the user, or a look at the state - is read
 * into memory (script_parse.c, script_seg.c) and then played against the
 * stack in virtual time (script_run.c, script_call.c).  The language is
 * described in Documentation/testing/packet-scripts.md.
 */

#ifndef __TESTS_HOST_PACKET_SCRIPT_H
#define __TESTS_HOST_PACKET_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "net.h"

/* A segment, as a line writes it.  Numbers are relative: 0 is the SYN */

#define SEG_MAXOPTS  16
#define OPT_MAXVALUE 8

enum opt_e
{
  OPT_MSS, OPT_WSCALE, OPT_SACKOK, OPT_SACK, OPT_TS, OPT_NOP, OPT_EOL,
  OPT_RAW
};

struct opt_s
{
  uint8_t kind;                      /* OPT_* */
  uint8_t n;                         /* Values */
  uint8_t any;                       /* A bit for each value: "*" */
  uint32_t value[OPT_MAXVALUE];
  uint8_t raw[40];                   /* OPT_RAW: n bytes */
};

struct seg_s
{
  uint8_t flags;
  bool any_push;                     /* No P was written: either is right */
  bool any_seq;
  bool has_ack;
  bool any_ack;
  bool has_win;
  bool any_win;
  bool has_urg;
  bool has_opts;
  bool bad_sum;
  bool has_ttl;                      /* Of IP */
  bool has_tos;
  uint8_t ttl;
  uint8_t tos;
  uint32_t seq;
  uint32_t len;
  uint32_t ack;
  uint32_t win;
  uint32_t urg;
  unsigned int nopts;
  struct opt_s opts[SEG_MAXOPTS];
};

/* An error of ICMP about a segment that the stack sent */

struct icmp_s
{
  uint8_t type;
  uint8_t code;
  uint32_t info;
  uint32_t seq;
};

/* A call, or a look: a verb, words, and "= result" */

#define CALL_MAXWORDS 8

struct call_s
{
  const struct verb_s *verb;
  unsigned int n;
  char *word[CALL_MAXWORDS];
  bool has_result;
  long result;                       /* Negative: an errno */
};

enum event_e
{
  EV_IN, EV_OUT, EV_ICMP, EV_CALL
};

enum when_e
{
  WHEN_NOW, WHEN_AT, WHEN_AFTER
};

struct event_s
{
  int line;
  char *text;                        /* As it was written, without time */
  uint8_t kind;                      /* EV_* */
  uint8_t when;                      /* WHEN_* */
  nettime_t from;
  nettime_t to;                      /* from, or the end of a range */
  struct seg_s seg;
  struct icmp_s icmp;
  struct call_s call;
};

/* A test: the events before the first "case" of its file, and its own */

struct case_s
{
  struct script_s *script;
  char *name;
  unsigned int first;
  unsigned int n;
};

struct script_s
{
  char *path;
  bool only64;                       /* Numbers are those of 64 bits */
  unsigned int nevents;
  unsigned int ncommon;
  struct event_s *events;
  unsigned int ncases;
  struct case_s *cases;
};

/* NULL after printing "path:line: what is wrong" */

struct script_s *script_parse(const char *path);
void script_free(struct script_s *script);

/* For the parsers: print it, and return false */

bool script_wrong(const struct script_s *script, int line,
                  const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* text is cut up.  A segment that shall arrive must say all of it */

bool script_seg_parse(const struct script_s *script, int line, char *text,
                      bool out, struct seg_s *seg);
bool script_icmp_parse(const struct script_s *script, int line, char *text,
                       struct icmp_s *icmp);
bool script_call_parse(const struct script_s *script, int line, char *text,
                       struct call_s *call);

/* Split at blanks; the words, at most max, or max + 1 if there are more */

unsigned int script_split(char *text, char **word, unsigned int max);
bool script_number(const char *text, long long min, long long max,
                   long *value);

/* "S. 0:0(0) ack 1 win 100 <mss 1460>", into text */

void script_seg_print(const struct seg_s *seg, char *text, unsigned int size);

/* Runs as the first task of a kernel.  trace: print what is said */

void script_play(const struct case_s *test, bool trace);

/* What a run knows *********************************************************/

struct run_s
{
  const struct case_s *test;
  const struct event_s *event;
  bool trace;
  bool failed;
  struct wire_s *wire;
  struct socket *listener;
  struct socket *sock;
  uint16_t lport;
  uint32_t isn;                      /* The peer's */
  bool has_iss;
  uint32_t iss;                      /* The stack's */
  bool has_ts;
  uint32_t ts;                       /* First timestamp of the stack */
  uint32_t sent;                     /* Bytes of the stream, by the user */
  uint32_t received;
  nettime_t base;                    /* When the script began */
  nettime_t now;                     /* When the last line was */
};

void script_fail(struct run_s *run, const char *format, ...)
  __attribute__((format(printf, 2, 3)));
void script_call(struct run_s *run, const struct call_s *call);

/* Byte "n" of a stream; 1 is the first */

static inline uint8_t script_byte(uint32_t n)
{
  return (uint8_t)(n * 7 + (n >> 8) * 13 + (n >> 16) * 5);
}

#define SCRIPT_HOST 2                /* 10.0.0.2 */
#define SCRIPT_PORT 10000            /* Its port */
#define STACK_PORT  80               /* Of "listen" */

#endif /* __TESTS_HOST_PACKET_SCRIPT_H */
