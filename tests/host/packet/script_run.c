/* tests/host/packet/script_run.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Plays a packet script against the stack.  The other end of the wire is
 * 10.0.0.2, which says what the script says; all that the stack sends to it
 * must be in the script, with its time.  Time is virtual: nothing happens but
 * while the script waits, so a run is the same each time.
 */

#include <nuttx/config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <netinet/in.h>

#include <nuttx/clock.h>

#include "script.h"
#include "stack.h"
#include "tcp.h"

#define OURS      0x0a000001
#define PEER_ISN  0xfffff000u        /* Wraps soon */
#define TOLERANCE (2 * NET_MSEC)     /* Of a time that a script states */

#define TEXT_MAX 400

static struct wire_s g_wire;
static uint8_t g_data[65536];
static uint8_t g_frame[66000];

/* What was sent and not yet asked for: one segment, read ahead */

static struct pkt_s g_pkt;
static nettime_t g_when;
static bool g_ahead;

void script_fail(struct run_s *run, const char *format, ...)
{
  char text[2 * TEXT_MAX];
  va_list ap;

  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  run->failed = true;
  net_failed(run->test->script->path, run->event->line, text);
}

static void trace(struct run_s *run, nettime_t when, const char *what,
                  const char *text)
{
  nettime_t t = when - run->base;

  if (run->trace)
    {
      printf("%6llu.%06llu %s%s\n", (unsigned long long)(t / NET_SEC),
             (unsigned long long)(t % NET_SEC / 1000), what, text);
    }
}

/* Segments to the stack ****************************************************/

/* Numbers that the script writes relative to the stack's */

static uint32_t of_stack(const struct run_s *run, uint32_t n)
{
  return run->iss + n;
}

static uint8_t *put_option(const struct run_s *run, const struct opt_s *opt,
                           uint8_t *p)
{
  unsigned int i;

  switch (opt->kind)
    {
      case OPT_MSS:
        *p++ = TCPOPT_MSS;
        *p++ = TCPOLEN_MSS;
        tcp_put16(p, (uint16_t)opt->value[0]);
        return p + 2;

      case OPT_WSCALE:
        *p++ = TCPOPT_WSCALE;
        *p++ = TCPOLEN_WSCALE;
        *p++ = (uint8_t)opt->value[0];
        return p;

      case OPT_SACKOK:
        *p++ = TCPOPT_SACKOK;
        *p++ = TCPOLEN_SACKOK;
        return p;

      case OPT_SACK:
        *p++ = TCPOPT_SACK;
        *p++ = (uint8_t)(2 + 4 * opt->n);
        for (i = 0; i < opt->n; i++, p += 4)
          {
            tcp_put32(p, of_stack(run, opt->value[i]));
          }

        return p;

      case OPT_TS:
        *p++ = TCPOPT_TS;
        *p++ = TCPOLEN_TS;
        tcp_put32(p, opt->value[0]);
        tcp_put32(p + 4, run->ts + opt->value[1]);
        return p + 8;

      case OPT_RAW:
        memcpy(p, opt->raw, opt->n);
        return p + opt->n;

      default:
        *p++ = opt->kind == OPT_NOP ? TCPOPT_NOP : TCPOPT_EOL;
        return p;
    }
}

static unsigned int opt_size(const struct opt_s *opt)
{
  switch (opt->kind)
    {
      case OPT_MSS:    return TCPOLEN_MSS;
      case OPT_WSCALE: return TCPOLEN_WSCALE;
      case OPT_SACKOK: return TCPOLEN_SACKOK;
      case OPT_SACK:   return 2 + 4 * opt->n;
      case OPT_TS:     return TCPOLEN_TS;
      case OPT_RAW:    return opt->n;
      default:         return 1;
    }
}

static bool put_options(struct run_s *run, const struct seg_s *seg,
                        struct pkt_s *pkt)
{
  uint8_t *p = pkt->opt;
  unsigned int i;

  for (i = 0; i < seg->nopts; i++)
    {
      if (p + opt_size(&seg->opts[i]) > pkt->opt + sizeof(pkt->opt))
        {
          script_fail(run, "the options are longer than 40 bytes");
          return false;
        }

      p = put_option(run, &seg->opts[i], p);
    }

  while ((p - pkt->opt) % 4 != 0)
    {
      *p++ = TCPOPT_NOP;
    }

  pkt->optlen = (uint8_t)(p - pkt->opt);
  return true;
}

static void fill(uint32_t seq, uint32_t len)
{
  uint32_t i;

  for (i = 0; i < len; i++)
    {
      g_data[i] = script_byte(seq + i);
    }
}

static void send_segment(struct run_s *run, const struct seg_s *seg)
{
  struct pkt_s pkt;
  unsigned int n;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(run->wire, SCRIPT_HOST, &pkt);
  pkt.proto = IPPROTO_TCP;
  pkt.sport = SCRIPT_PORT;
  pkt.dport = run->lport;
  pkt.flags = seg->flags;
  pkt.seq   = run->isn + seg->seq;
  pkt.ack   = seg->has_ack ? of_stack(run, seg->ack) : 0;
  pkt.wnd   = (uint16_t)seg->win;
  pkt.urg   = (uint16_t)seg->urg;
  if (!put_options(run, seg, &pkt))
    {
      return;
    }

  fill(seg->seq + ((seg->flags & TCPF_SYN) != 0), seg->len);
  pkt.data = g_data;
  pkt.len  = seg->len;
  n = pkt_write(&pkt, g_frame);
  g_frame[n - 1] ^= seg->bad_sum;
  wire_rx(run->wire, g_frame, n);
}

static void send_icmp(struct run_s *run, const struct icmp_s *icmp)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(run->wire, SCRIPT_HOST, &pkt);
  pkt.dst   = pkt.src;
  pkt.src   = OURS;
  pkt.proto = IPPROTO_TCP;
  pkt.sport = run->lport;
  pkt.dport = SCRIPT_PORT;
  pkt.seq   = of_stack(run, icmp->seq);
  pkt.flags = TCPF_ACK;
  pkt_write(&pkt, g_frame);
  memcpy(g_data, g_frame + 14, 28);

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(run->wire, SCRIPT_HOST, &pkt);
  pkt.proto = IPPROTO_ICMP;
  pkt.type  = icmp->type;
  pkt.code  = icmp->code;
  pkt.info  = icmp->info;
  pkt.data  = g_data;
  pkt.len   = 28;
  pkt_rx(run->wire, &pkt);
}

/* Segments of the stack ****************************************************/

static void read_options(const struct run_s *run, const struct pkt_s *pkt,
                         struct seg_s *seg)
{
  unsigned int i = 0;
  unsigned int j;

  while (i < pkt->optlen && pkt->opt[i] != TCPOPT_EOL)
    {
      const uint8_t *p = pkt->opt + i;
      struct opt_s *opt = &seg->opts[seg->nopts];
      unsigned int len = p[0] == TCPOPT_NOP || i + 1 >= pkt->optlen ||
                         p[1] < 2 || i + p[1] > pkt->optlen ? 1 : p[1];

      i += len;
      if (p[0] == TCPOPT_NOP)
        {
          continue;
        }

      seg->nopts++;
      opt->kind = p[0] == TCPOPT_MSS && len == 4 ? OPT_MSS :
                  p[0] == TCPOPT_WSCALE && len == 3 ? OPT_WSCALE :
                  p[0] == TCPOPT_SACKOK && len == 2 ? OPT_SACKOK :
                  p[0] == TCPOPT_SACK && len % 8 == 2 ? OPT_SACK :
                  p[0] == TCPOPT_TS && len == 10 ? OPT_TS : OPT_RAW;
      opt->n    = opt->kind == OPT_SACKOK ? 0 : opt->kind == OPT_RAW ? len :
                  (uint8_t)((len + 1) / 4);
      memcpy(opt->raw, p, len);
      for (j = 0; j < opt->n && opt->kind != OPT_RAW; j++)
        {
          opt->value[j] = opt->kind == OPT_MSS ? tcp_get16(p + 2) :
                          opt->kind == OPT_WSCALE ? p[2] :
                          tcp_get32(p + 2 + 4 * j) -
                          (opt->kind == OPT_SACK ? run->isn :
                           j == 0 && run->has_ts ? run->ts : 0);
        }
    }
}

static void from_stack(struct run_s *run, const struct pkt_s *pkt,
                       struct seg_s *seg)
{
  memset(seg, 0, sizeof(*seg));
  seg->flags   = pkt->flags;
  seg->seq     = pkt->seq - run->iss;
  seg->len     = pkt->len;
  seg->has_ack = (pkt->flags & TCPF_ACK) != 0;
  seg->ack     = pkt->ack - run->isn;
  seg->win     = pkt->wnd;
  seg->has_urg = (pkt->flags & TCPF_URG) != 0;
  seg->urg     = pkt->urg;
  read_options(run, pkt, seg);
}

/* The stack's SYN says where its numbers and its timestamps begin */

static void learn(struct run_s *run, const struct pkt_s *pkt)
{
  struct seg_s seg;
  unsigned int i;

  if ((pkt->flags & TCPF_SYN) != 0 && !run->has_iss)
    {
      run->has_iss = true;
      run->iss     = pkt->seq;
      run->has_ts  = false;
      run->lport   = pkt->sport;
    }

  from_stack(run, pkt, &seg);
  for (i = 0; i < seg.nopts; i++)
    {
      if (seg.opts[i].kind == OPT_TS && !run->has_ts)
        {
          run->has_ts = true;
          run->ts     = seg.opts[i].value[0];
        }
    }
}

static bool look(struct run_s *run)
{
  struct seg_s seg;
  char text[TEXT_MAX];

  while (!g_ahead && pkt_next(run->wire, IPPROTO_TCP, &g_pkt))
    {
      g_ahead = g_pkt.dport == SCRIPT_PORT && g_pkt.dst == OURS + 1;
      g_when  = run->wire->when[(run->wire->head - 1) % WIRE_MAX];
      if (g_ahead)
        {
          learn(run, &g_pkt);
          if (g_pkt.src != OURS)
            {
              script_fail(run, "a segment has another source address");
            }

          from_stack(run, &g_pkt, &seg);
          script_seg_print(&seg, text, sizeof(text));
          trace(run, g_when, "    > ", text);
        }
    }

  return g_ahead;
}

/* Comparing ****************************************************************/

static bool same_option(const struct opt_s *want, const struct opt_s *got)
{
  unsigned int i;

  if (want->kind != got->kind || want->n != got->n)
    {
      return false;
    }

  for (i = 0; i < want->n; i++)
    {
      if (want->kind == OPT_RAW ? want->raw[i] != got->raw[i] :
          (want->any & 1u << i) == 0 && want->value[i] != got->value[i])
        {
          return false;
        }
    }

  return true;
}

/* Padding, which has no meaning, is not compared */

static bool same_options(const struct seg_s *want, const struct seg_s *got)
{
  unsigned int j = 0;
  unsigned int i;

  for (i = 0; i < want->nopts; i++)
    {
      if (want->opts[i].kind != OPT_NOP && want->opts[i].kind != OPT_EOL &&
          (j == got->nopts || !same_option(&want->opts[i],
                                           &got->opts[j++])))
        {
          return false;
        }
    }

  return j == got->nopts;
}

static bool right_text(const struct seg_s *seg, const struct pkt_s *pkt)
{
  uint32_t begin = seg->seq + ((seg->flags & TCPF_SYN) != 0);
  uint32_t i;

  for (i = 0; i < pkt->len; i++)
    {
      if (pkt->data[i] != script_byte(begin + i))
        {
          return false;
        }
    }

  return true;
}

/* What is wrong with it; NULL: nothing */

static const char *compare(const struct seg_s *want, const struct seg_s *got,
                           const struct pkt_s *pkt)
{
  uint8_t mask = want->any_push ? (uint8_t)~TCPF_PSH : 0xff;

  if ((want->flags & mask) != (got->flags & mask))
    {
      return "other flags";
    }

  if (!want->any_seq && want->seq != got->seq)
    {
      return "another sequence number";
    }

  if (want->len != got->len)
    {
      return "another length";
    }

  if (want->has_ack && !want->any_ack && want->ack != got->ack)
    {
      return "another ack";
    }

  if (want->has_win && !want->any_win && want->win != got->win)
    {
      return "another window";
    }

  if (want->has_urg && want->urg != got->urg)
    {
      return "another urgent pointer";
    }

  if (want->has_opts && !same_options(want, got))
    {
      return "other options";
    }

  if ((want->has_ttl && want->ttl != pkt->ttl) ||
      (want->has_tos && want->tos != pkt->tos))
    {
      return "another TTL or TOS";
    }

  return right_text(got, pkt) ? NULL : "text that is not that of the stream";
}

static nettime_t due(const struct run_s *run, nettime_t t)
{
  return run->event->when == WHEN_AT ? run->base + t :
         run->event->when == WHEN_AFTER ? run->now + t : run->now;
}

static void sleep_until(nettime_t t)
{
  nettime_t now = clock_systime_ns();

  if (t > now)
    {
      stack_sleep(t - now);
    }
}

/* Wait for a segment no longer than a line allows, a little at a time where
 * that is a range, so that what happened is seen when it happened.
 */

static bool wait_for(struct run_s *run, nettime_t from, nettime_t to)
{
  if (!look(run))
    {
      sleep_until(from);
    }

  while (!look(run) && clock_systime_ns() < to + TOLERANCE)
    {
      stack_sleep(NET_MSEC);
    }

  return look(run);
}

static double seconds(const struct run_s *run, nettime_t t)
{
  return (double)(int64_t)(t - run->base) / NET_SEC;
}

static void expect_segment(struct run_s *run, const struct seg_s *want)
{
  nettime_t from = due(run, run->event->from);
  nettime_t to = due(run, run->event->to);
  struct seg_s got;
  char text[TEXT_MAX];
  const char *wrong;

  if (!wait_for(run, from, to))
    {
      script_fail(run, "the stack sent nothing instead of '%s'",
                  run->event->text);
      return;
    }

  g_ahead = false;
  from_stack(run, &g_pkt, &got);
  script_seg_print(&got, text, sizeof(text));
  wrong = compare(want, &got, &g_pkt);
  if (wrong != NULL)
    {
      script_fail(run, "%s: the stack sent '> %s' instead of '%s'", wrong,
                  text, run->event->text);
    }
  else if (g_when + TOLERANCE < from || g_when > to + TOLERANCE)
    {
      script_fail(run, "'> %s' was sent at %.6f, not at %.6f", text,
                  seconds(run, g_when), seconds(run, from));
    }

  run->now = run->event->to != run->event->from ? g_when : from;
}

/* Before anything else happens, all that was sent must have been named */

static void expect_nothing(struct run_s *run)
{
  struct seg_s got;
  char text[TEXT_MAX];

  if (look(run))
    {
      g_ahead = false;
      from_stack(run, &g_pkt, &got);
      script_seg_print(&got, text, sizeof(text));
      script_fail(run, "the stack sent '> %s' at %.6f, before this line, "
                  "which nobody expected", text, seconds(run, g_when));
    }
}

/* Events *******************************************************************/

static void play(struct run_s *run, const struct event_s *event)
{
  run->event = event;
  if (event->kind == EV_OUT)
    {
      expect_segment(run, &event->seg);
      return;
    }

  run->now = due(run, event->from);
  sleep_until(run->now);
  if (event->kind == EV_CALL && strcmp(event->text, "flush") == 0)
    {
      while (look(run))
        {
          g_ahead = false;
        }
    }

  expect_nothing(run);

  trace(run, clock_systime_ns(), "", event->text);
  switch (event->kind)
    {
      case EV_IN:
        send_segment(run, &event->seg);
        break;

      case EV_ICMP:
        send_icmp(run, &event->icmp);
        break;

      default:
        script_call(run, &event->call);
        break;
    }
}

static void finish(struct run_s *run)
{
  struct linger linger =
  {
    1, 0
  };

  if (run->sock != NULL)
    {
      psock_setsockopt(run->sock, SOL_SOCKET, SO_LINGER, &linger,
                       sizeof(linger));
      psock_close(run->sock);
    }

  if (run->listener != NULL)
    {
      psock_close(run->listener);
    }
}

void script_play(const struct case_s *test, bool tracing)
{
  const struct script_s *script = test->script;
  struct run_s run;
  unsigned int i;

  memset(&run, 0, sizeof(run));
  g_ahead   = false;
  run.test  = test;
  run.trace = tracing;
  run.wire  = &g_wire;
  run.isn   = PEER_ISN;
  run.lport = STACK_PORT;
  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, SCRIPT_HOST);
  run.base = clock_systime_ns();
  run.now  = run.base;

  for (i = 0; i < script->ncommon && !run.failed; i++)
    {
      play(&run, &script->events[i]);
    }

  for (i = 0; i < test->n && !run.failed; i++)
    {
      play(&run, &script->events[test->first + i]);
    }

  if (!run.failed)
    {
      expect_nothing(&run);
    }

  finish(&run);
}
