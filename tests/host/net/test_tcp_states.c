/* tests/host/net/test_tcp_states.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * States of a connection.  Goal: in each state each kind of segment has the
 * effect that RFC 9293 3.10.7 says, with RFC 5961: the new state, the answer,
 * and the error that the user sees.  Method: a table of (state, event); for
 * each row a new connection is brought to the state by a peer that the test
 * plays, the event happens, and everything is compared.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <nuttx/clock.h>

#include "tcp_script.h"

/* What the peer sends.  "una" is in front of our FIN, "ack" behind it */

enum event_e
{
  E_SYN,                             /* In the window */
  E_SYN_OLD,
  E_SYN_ACK,
  E_SYN_ACK_BAD,                     /* Of a SYN that we did not send */
  E_SYN_REPEATED,                    /* SYN-ACK with the peer's first SYN */
  E_RST,                             /* Exactly the next number */
  E_RST_IN,                          /* In the window */
  E_RST_OUT,
  E_RST_ACK,                         /* With a good ACK */
  E_RST_ACK_BAD,
  E_UNA,                             /* ACK of all but our FIN */
  E_ACK,                             /* ACK of all */
  E_ACK_BAD,                         /* ACK of what was not sent */
  E_ACK_ANCIENT,                     /* Older than a window */
  E_NO_ACK,                          /* Text without ACK */
  E_TEXT,
  E_TEXT_OLD,
  E_TEXT_FAR,
  E_EMPTY_OLD,
  E_FIN,                             /* With "una" */
  E_FIN_ACK,                         /* With "ack" */
  E_FIN_OLD,                         /* The same FIN once more */
  E_NONE                             /* No flag at all */
};

/* What comes back.  ANY: nothing or an ACK, both are right */

enum answer_e
{
  NOTHING, AN_ACK, A_RST, A_RST_ACK, A_SYN_ACK, ANY
};

#define ERR_NONE 0

struct row_s
{
  uint8_t state;
  uint8_t event;
  uint8_t next;
  uint8_t answer;
  int error;
};

/* No endpoint, by another name in the table */

#define NOBODY    TCPS_CLOSED
#define LISTEN    TCPS_LISTEN
#define SENT      TCPS_SYN_SENT
#define RCVD      TCPS_SYN_RCVD
#define ESTAB     TCPS_ESTABLISHED
#define FW1       TCPS_FIN_WAIT_1
#define FW2       TCPS_FIN_WAIT_2
#define CLOSEW    TCPS_CLOSE_WAIT
#define CLOSING   TCPS_CLOSING
#define LASTACK   TCPS_LAST_ACK
#define TIMEW     TCPS_TIME_WAIT

static const struct row_s g_rows[] =
{
  {NOBODY,  E_SYN,          NOBODY,  A_RST_ACK, 0},
  {NOBODY,  E_UNA,          NOBODY,  A_RST,     0},
  {NOBODY,  E_SYN_ACK,      NOBODY,  A_RST,     0},
  {NOBODY,  E_RST,          NOBODY,  NOTHING,   0},
  {NOBODY,  E_RST_ACK,      NOBODY,  NOTHING,   0},
  {NOBODY,  E_NO_ACK,       NOBODY,  A_RST_ACK, 0},
  {NOBODY,  E_FIN,          NOBODY,  A_RST,     0},
  {NOBODY,  E_NONE,         NOBODY,  A_RST_ACK, 0},

  {LISTEN,  E_RST,          NOBODY,  NOTHING,   0},
  {LISTEN,  E_RST_ACK,      NOBODY,  NOTHING,   0},
  {LISTEN,  E_UNA,          NOBODY,  A_RST,     0},
  {LISTEN,  E_SYN_ACK,      NOBODY,  A_RST,     0},
  {LISTEN,  E_TEXT,         NOBODY,  A_RST,     0},
  {LISTEN,  E_FIN,          NOBODY,  A_RST,     0},
  {LISTEN,  E_SYN,          NOBODY,  A_SYN_ACK, 0},
  {LISTEN,  E_NO_ACK,       NOBODY,  NOTHING,   0},
  {LISTEN,  E_NONE,         NOBODY,  NOTHING,   0},

  {SENT,    E_SYN,          RCVD,    A_SYN_ACK, 0},
  {SENT,    E_SYN_ACK,      ESTAB,   AN_ACK,    0},
  {SENT,    E_SYN_ACK_BAD,  SENT,    A_RST,     0},
  {SENT,    E_RST,          SENT,    NOTHING,   0},
  {SENT,    E_RST_ACK,      NOBODY,  NOTHING,   ECONNREFUSED},
  {SENT,    E_RST_ACK_BAD,  SENT,    NOTHING,   0},
  {SENT,    E_UNA,          SENT,    NOTHING,   0},
  {SENT,    E_ACK_BAD,      SENT,    A_RST,     0},
  {SENT,    E_FIN,          SENT,    NOTHING,   0},
  {SENT,    E_NO_ACK,       SENT,    NOTHING,   0},
  {SENT,    E_NONE,         SENT,    NOTHING,   0},

  {RCVD,    E_SYN,          RCVD,    AN_ACK,    0},
  {RCVD,    E_SYN_OLD,      RCVD,    AN_ACK,    0},
  {RCVD,    E_SYN_REPEATED, ESTAB,   ANY,       0},
  {RCVD,    E_RST,          NOBODY,  NOTHING,   ECONNREFUSED},
  {RCVD,    E_RST_IN,       RCVD,    AN_ACK,    0},
  {RCVD,    E_RST_OUT,      RCVD,    NOTHING,   0},
  {RCVD,    E_UNA,          ESTAB,   NOTHING,   0},
  {RCVD,    E_ACK_BAD,      RCVD,    A_RST,     0},
  {RCVD,    E_NO_ACK,       RCVD,    NOTHING,   0},
  {RCVD,    E_TEXT,         ESTAB,   ANY,       0},
  {RCVD,    E_TEXT_FAR,     RCVD,    AN_ACK,    0},
  {RCVD,    E_FIN,          CLOSEW,  AN_ACK,    0},
  {RCVD,    E_NONE,         RCVD,    NOTHING,   0},

  {ESTAB,   E_SYN,          ESTAB,   AN_ACK,    0},
  {ESTAB,   E_SYN_OLD,      ESTAB,   AN_ACK,    0},
  {ESTAB,   E_SYN_ACK,      ESTAB,   AN_ACK,    0},
  {ESTAB,   E_SYN_REPEATED, ESTAB,   AN_ACK,    0},
  {ESTAB,   E_RST,          NOBODY,  NOTHING,   ECONNRESET},
  {ESTAB,   E_RST_ACK,      NOBODY,  NOTHING,   ECONNRESET},
  {ESTAB,   E_RST_IN,       ESTAB,   AN_ACK,    0},
  {ESTAB,   E_RST_OUT,      ESTAB,   NOTHING,   0},
  {ESTAB,   E_UNA,          ESTAB,   NOTHING,   0},
  {ESTAB,   E_ACK_BAD,      ESTAB,   AN_ACK,    0},
  {ESTAB,   E_ACK_ANCIENT,  ESTAB,   AN_ACK,    0},
  {ESTAB,   E_NO_ACK,       ESTAB,   NOTHING,   0},
  {ESTAB,   E_TEXT,         ESTAB,   ANY,       0},
  {ESTAB,   E_TEXT_OLD,     ESTAB,   AN_ACK,    0},
  {ESTAB,   E_TEXT_FAR,     ESTAB,   AN_ACK,    0},
  {ESTAB,   E_EMPTY_OLD,    ESTAB,   AN_ACK,    0},
  {ESTAB,   E_FIN,          CLOSEW,  AN_ACK,    0},
  {ESTAB,   E_NONE,         ESTAB,   NOTHING,   0},

  {FW1,     E_SYN,          FW1,     AN_ACK,    0},
  {FW1,     E_RST,          NOBODY,  NOTHING,   ECONNRESET},
  {FW1,     E_RST_IN,       FW1,     AN_ACK,    0},
  {FW1,     E_RST_OUT,      FW1,     NOTHING,   0},
  {FW1,     E_UNA,          FW1,     NOTHING,   0},
  {FW1,     E_ACK,          FW2,     NOTHING,   0},
  {FW1,     E_ACK_BAD,      FW1,     AN_ACK,    0},
  {FW1,     E_NO_ACK,       FW1,     NOTHING,   0},
  {FW1,     E_TEXT,         FW1,     ANY,       0},
  {FW1,     E_TEXT_OLD,     FW1,     AN_ACK,    0},
  {FW1,     E_TEXT_FAR,     FW1,     AN_ACK,    0},
  {FW1,     E_FIN,          CLOSING, AN_ACK,    0},
  {FW1,     E_FIN_ACK,      TIMEW,   AN_ACK,    0},
  {FW1,     E_NONE,         FW1,     NOTHING,   0},

  {FW2,     E_SYN,          FW2,     AN_ACK,    0},
  {FW2,     E_RST,          NOBODY,  NOTHING,   ECONNRESET},
  {FW2,     E_RST_IN,       FW2,     AN_ACK,    0},
  {FW2,     E_RST_OUT,      FW2,     NOTHING,   0},
  {FW2,     E_ACK,          FW2,     NOTHING,   0},
  {FW2,     E_UNA,          FW2,     NOTHING,   0},
  {FW2,     E_ACK_BAD,      FW2,     AN_ACK,    0},
  {FW2,     E_NO_ACK,       FW2,     NOTHING,   0},
  {FW2,     E_TEXT,         FW2,     ANY,       0},
  {FW2,     E_TEXT_OLD,     FW2,     AN_ACK,    0},
  {FW2,     E_FIN_ACK,      TIMEW,   AN_ACK,    0},
  {FW2,     E_FIN,          TIMEW,   AN_ACK,    0},
  {FW2,     E_NONE,         FW2,     NOTHING,   0},

  {CLOSEW,  E_SYN,          CLOSEW,  AN_ACK,    0},
  {CLOSEW,  E_RST,          NOBODY,  NOTHING,   EPIPE},
  {CLOSEW,  E_RST_IN,       CLOSEW,  AN_ACK,    0},
  {CLOSEW,  E_RST_OUT,      CLOSEW,  NOTHING,   0},
  {CLOSEW,  E_UNA,          CLOSEW,  NOTHING,   0},
  {CLOSEW,  E_ACK_BAD,      CLOSEW,  AN_ACK,    0},
  {CLOSEW,  E_NO_ACK,       CLOSEW,  NOTHING,   0},
  {CLOSEW,  E_TEXT,         CLOSEW,  NOTHING,   0},
  {CLOSEW,  E_TEXT_OLD,     CLOSEW,  AN_ACK,    0},
  {CLOSEW,  E_FIN,          CLOSEW,  NOTHING,   0},
  {CLOSEW,  E_FIN_OLD,      CLOSEW,  AN_ACK,    0},
  {CLOSEW,  E_NONE,         CLOSEW,  NOTHING,   0},

  {CLOSING, E_SYN,          CLOSING, AN_ACK,    0},
  {CLOSING, E_RST,          NOBODY,  NOTHING,   ECONNRESET},
  {CLOSING, E_RST_IN,       CLOSING, AN_ACK,    0},
  {CLOSING, E_RST_OUT,      CLOSING, NOTHING,   0},
  {CLOSING, E_UNA,          CLOSING, NOTHING,   0},
  {CLOSING, E_ACK,          TIMEW,   NOTHING,   0},
  {CLOSING, E_ACK_BAD,      CLOSING, AN_ACK,    0},
  {CLOSING, E_NO_ACK,       CLOSING, NOTHING,   0},
  {CLOSING, E_TEXT,         CLOSING, NOTHING,   0},
  {CLOSING, E_FIN_OLD,      CLOSING, AN_ACK,    0},

  {LASTACK, E_SYN,          LASTACK, AN_ACK,    0},
  {LASTACK, E_RST,          NOBODY,  NOTHING,   ECONNRESET},
  {LASTACK, E_RST_IN,       LASTACK, AN_ACK,    0},
  {LASTACK, E_RST_OUT,      LASTACK, NOTHING,   0},
  {LASTACK, E_UNA,          LASTACK, NOTHING,   0},
  {LASTACK, E_ACK,          NOBODY,  NOTHING,   0},
  {LASTACK, E_ACK_BAD,      LASTACK, AN_ACK,    0},
  {LASTACK, E_NO_ACK,       LASTACK, NOTHING,   0},
  {LASTACK, E_TEXT,         LASTACK, NOTHING,   0},
  {LASTACK, E_FIN_OLD,      LASTACK, AN_ACK,    0},

  {TIMEW,   E_SYN,          TIMEW,   AN_ACK,    0},
  {TIMEW,   E_SYN_OLD,      TIMEW,   AN_ACK,    0},
  {TIMEW,   E_SYN_ACK,      TIMEW,   AN_ACK,    0},
  {TIMEW,   E_RST,          NOBODY,  NOTHING,   0},
  {TIMEW,   E_RST_IN,       TIMEW,   AN_ACK,    0},
  {TIMEW,   E_RST_OUT,      TIMEW,   NOTHING,   0},
  {TIMEW,   E_ACK,          TIMEW,   NOTHING,   0},
  {TIMEW,   E_TEXT,         TIMEW,   AN_ACK,    0},
  {TIMEW,   E_TEXT_OLD,     TIMEW,   AN_ACK,    0},
  {TIMEW,   E_FIN_OLD,      TIMEW,   AN_ACK,    0},
};

static const char *const g_names[] =
{
  "", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2",
  "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"
};

/* Bringing a connection to a state *****************************************/

#define TEN "0123456789"

struct case_s
{
  struct peer_s peer;
  uint32_t una;                      /* In front of our FIN */
  uint32_t irs;                      /* The peer's SYN */
  struct socket *psock;
};

static void shut(struct case_s *c)
{
  CHECK_EQ(psock_shutdown(c->psock, SHUT_WR), 0);
  c->una = c->peer.ack;
  peer_expect(&c->peer, FIN | ACK);
}

static void peer_fin(struct case_s *c, uint32_t ack)
{
  peer_send(&c->peer, FIN | ACK, c->peer.seq, ack, NULL, 0);
  c->peer.seq++;
  peer_expect(&c->peer, ACK);
}

static void reach_early(struct case_s *c, struct wire_s *wire,
                        unsigned int state)
{
  if (state == NOBODY || state == LISTEN)
    {
      peer_init(&c->peer, wire, 80);
      c->psock = state == LISTEN ? tcp_listener(80, 5) : NULL;
      c->peer.ack = 12345;
      return;
    }

  c->psock = peer_await(&c->peer, wire);
  if (state == RCVD)
    {
      peer_say(&c->peer, SYN, 0);
      c->peer.ack--;
      peer_expect(&c->peer, SYN | ACK);
    }
}

static void reach(struct case_s *c, struct wire_s *wire, unsigned int state)
{
  memset(c, 0, sizeof(*c));
  if (state == NOBODY || state == LISTEN || state == SENT || state == RCVD)
    {
      reach_early(c, wire, state);
      c->una = c->peer.ack;
      c->irs = c->peer.seq - (state == RCVD);
      return;
    }

  c->psock = peer_accept(&c->peer, wire);
  c->una   = c->peer.ack;
  c->irs   = c->peer.seq - 1;
  switch (state)
    {
      case CLOSEW:
      case LASTACK:
        peer_fin(c, c->una);
        break;

      case FW2:
      case TIMEW:
        shut(c);
        peer_say(&c->peer, ACK, 0);
        break;

      case FW1:
      case CLOSING:
        shut(c);
        break;

      default:
        break;
    }

  if (state == LASTACK)
    {
      shut(c);
    }
  else if (state == CLOSING || state == TIMEW)
    {
      peer_fin(c, state == CLOSING ? c->una : c->peer.ack);
    }
}

/* Events *******************************************************************/

static void fire_syn_or_rst(struct case_s *c, unsigned int event)
{
  struct peer_s *p = &c->peer;

  switch (event)
    {
      case E_SYN:
        peer_send(p, SYN, p->seq + 100, 0, NULL, 0);
        break;

      case E_SYN_OLD:
        peer_send(p, SYN, p->seq - 100, 0, NULL, 0);
        break;

      case E_SYN_ACK:
        peer_send(p, SYN | ACK, p->seq, p->ack, NULL, 0);
        break;

      case E_SYN_ACK_BAD:
        peer_send(p, SYN | ACK, p->seq, p->ack + 1, NULL, 0);
        break;

      case E_SYN_REPEATED:
        peer_send(p, SYN | ACK, c->irs, p->ack, NULL, 0);
        break;

      case E_RST:
        peer_send(p, RST, p->seq, 0, NULL, 0);
        break;

      case E_RST_IN:
        peer_send(p, RST, p->seq + 1, 0, NULL, 0);
        break;

      case E_RST_OUT:
        peer_send(p, RST, p->seq - 1, 0, NULL, 0);
        break;

      case E_RST_ACK:
        peer_send(p, RST | ACK, p->seq, p->ack, NULL, 0);
        break;

      case E_RST_ACK_BAD:
        peer_send(p, RST | ACK, p->seq, p->ack + 1, NULL, 0);
        break;

      default:
        CHECK(false);
        break;
    }
}

static void fire(struct case_s *c, unsigned int event)
{
  struct peer_s *p = &c->peer;

  switch (event)
    {
      case E_UNA:
        peer_send(p, ACK, p->seq, c->una, NULL, 0);
        break;

      case E_ACK:
        peer_send(p, ACK, p->seq, p->ack, NULL, 0);
        break;

      case E_ACK_BAD:
        peer_send(p, ACK, p->seq, p->ack + 1, NULL, 0);
        break;

      case E_ACK_ANCIENT:
        peer_send(p, ACK, p->seq, p->ack - 1000000, NULL, 0);
        break;

      case E_NO_ACK:
        peer_send(p, PSH, p->seq, 0, TEN, 10);
        break;

      case E_TEXT:
        peer_send(p, ACK, p->seq, c->una, TEN, 10);
        break;

      case E_TEXT_OLD:
        peer_send(p, ACK, p->seq - 10, c->una, TEN, 10);
        break;

      case E_TEXT_FAR:
        peer_send(p, ACK, p->seq + 1000000, c->una, TEN, 10);
        break;

      case E_EMPTY_OLD:
        peer_send(p, ACK, p->seq - 1, c->una, NULL, 0);
        break;

      case E_FIN:
        peer_send(p, FIN | ACK, p->seq, c->una, NULL, 0);
        break;

      case E_FIN_ACK:
        peer_send(p, FIN | ACK, p->seq, p->ack, NULL, 0);
        break;

      case E_FIN_OLD:
        peer_send(p, FIN | ACK, p->seq - 1, c->una, NULL, 0);
        break;

      case E_NONE:
        peer_send(p, 0, p->seq, 0, NULL, 0);
        break;

      default:
        fire_syn_or_rst(c, event);
        break;
    }
}

/* Comparing ****************************************************************/

static unsigned int read_answer(struct case_s *c)
{
  struct pkt_s pkt;
  unsigned int answer = NOTHING;

  while (peer_next(&c->peer, &pkt))
    {
      CHECK_EQ(answer, NOTHING);     /* One is enough */
      switch (pkt.flags)
        {
          case ACK:
            answer = AN_ACK;
            CHECK(pkt.seq == c->peer.ack || pkt.seq == c->una);
            break;

          case RST:
            answer = A_RST;
            CHECK_EQ(pkt.ack, 0);
            break;

          case RST | ACK:
            answer = A_RST_ACK;
            CHECK_EQ(pkt.seq, 0);
            break;

          case SYN | ACK:
            answer = A_SYN_ACK;
            break;

          default:
            CHECK_EQ(pkt.flags, -1);
            break;
        }
    }

  return answer;
}

static void try(const struct row_s *row, struct wire_s *wire)
{
  struct case_s c;
  unsigned int answer;
  unsigned int state;
  int error = 0;

  reach(&c, wire, row->state);
  if (row->state != LISTEN)
    {
      CHECK_EQ(peer_state(&c.peer), row->state);
    }

  peer_flush(&c.peer);
  fire(&c, row->event);
  answer = read_answer(&c);
  state  = peer_state(&c.peer);
  error  = c.psock != NULL ? sock_error(c.psock) : 0;
  if (state != row->next || error != row->error ||
      (answer != row->answer && (row->answer != ANY || answer > AN_ACK)))
    {
      char text[160];

      snprintf(text, sizeof(text), "%s, event %u: -> %s answer %u error %d, "
               "not -> %s answer %u error %d", g_names[row->state],
               row->event, g_names[state], answer, error,
               g_names[row->next], row->answer, row->error);
      net_failed(__FILE__, __LINE__, text);
    }

  if (c.psock != NULL)
    {
      CHECK_EQ(psock_close(c.psock), 0);
    }

  peer_flush(&c.peer);
}

static void every_row(void)
{
  struct wire_s *wire = peer_wire();
  unsigned int i;

  for (i = 0; i < nitems(g_rows); i++)
    {
      try(&g_rows[i], wire);
    }
}

/* Calls of the user ********************************************************/

/* RFC 9293 figure 12: both have the FIN of the other, and 60 seconds later
 * nothing is left.  The reader got all, then the end.
 */

static void half_close(void)
{
  struct wire_s *wire = peer_wire();
  struct case_s c;
  char buf[100];

  reach(&c, wire, ESTAB);
  CHECK_EQ(sock_write(c.psock, TEN, 10), 10);
  CHECK_EQ(psock_shutdown(c.psock, SHUT_WR), 0);
  CHECK_EQ(sock_write(c.psock, TEN, 10), -EPIPE);
  CHECK_EQ(peer_expect(&c.peer, ACK), 10);
  CHECK_EQ(peer_expect(&c.peer, FIN | ACK), 0);
  peer_say(&c.peer, ACK, 0);
  CHECK_EQ(peer_state(&c.peer), FW2);

  peer_say(&c.peer, ACK, 50);        /* The other half is open */
  CHECK_EQ(sock_read(c.psock, buf, sizeof(buf)), 50);
  CHECK_EQ(sock_read(c.psock, buf, sizeof(buf)), -EAGAIN);
  stack_sleep(120 * NET_SEC);        /* For as long as the user likes */
  peer_flush(&c.peer);
  peer_say(&c.peer, FIN | ACK, 20);
  peer_expect(&c.peer, ACK);
  CHECK_EQ(peer_state(&c.peer), TIMEW);
  CHECK_EQ(sock_read(c.psock, buf, sizeof(buf)), 20);
  CHECK_EQ(sock_read(c.psock, buf, sizeof(buf)), 0);
  CHECK_EQ(sock_error(c.psock), 0);
  stack_sleep(59 * NET_SEC);
  CHECK_EQ(peer_state(&c.peer), TIMEW);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(peer_state(&c.peer), NOBODY);
  CHECK_EQ(psock_close(c.psock), 0);
  peer_quiet(&c.peer);
}

/* Both open at once (figure 8), then both close at once (figure 13) */

static void simultaneous(void)
{
  struct wire_s *wire = peer_wire();
  struct case_s c;

  reach(&c, wire, RCVD);
  peer_send(&c.peer, SYN | ACK, c.irs, c.peer.ack, NULL, 0);
  CHECK_EQ(peer_state(&c.peer), ESTAB);
  CHECK_EQ(sock_write(c.psock, TEN, 10), 10);
  peer_flush(&c.peer);
  c.peer.ack += 10;
  peer_say(&c.peer, ACK, 0);
  shut(&c);
  peer_fin(&c, c.una);
  CHECK_EQ(peer_state(&c.peer), CLOSING);
  peer_say(&c.peer, ACK, 0);
  CHECK_EQ(peer_state(&c.peer), TIMEW);
  CHECK_EQ(psock_close(c.psock), 0);
  CHECK_EQ(g_tcp.ntimewait, 1);
}

/* close() and the connection goes on by itself to its end, or is reset by
 * text that nobody will read; a RST also if there was text that was not
 * read.
 */

static void orphans(void)
{
  struct wire_s *wire = peer_wire();
  struct case_s c;

  reach(&c, wire, ESTAB);
  CHECK_EQ(psock_close(c.psock), 0);
  peer_expect(&c.peer, FIN | ACK);
  CHECK_EQ(peer_state(&c.peer), FW1);
  CHECK_EQ(g_tcp.norphans, 1);
  peer_say(&c.peer, ACK, 0);
  CHECK_EQ(peer_state(&c.peer), FW2);
  peer_say(&c.peer, FIN | ACK, 0);
  peer_expect(&c.peer, ACK);
  CHECK_EQ(peer_state(&c.peer), TIMEW);
  CHECK_EQ(g_tcp.norphans, 0);

  reach(&c, wire, CLOSEW);
  CHECK_EQ(psock_close(c.psock), 0);
  peer_expect(&c.peer, FIN | ACK);
  CHECK_EQ(peer_state(&c.peer), LASTACK);
  peer_say(&c.peer, ACK, 0);
  CHECK_EQ(peer_state(&c.peer), NOBODY);
  peer_quiet(&c.peer);

  reach(&c, wire, ESTAB);
  CHECK_EQ(psock_close(c.psock), 0);
  peer_expect(&c.peer, FIN | ACK);
  peer_say(&c.peer, ACK, 10);
  CHECK(peer_next(&c.peer, &c.peer.last));
  CHECK_EQ(c.peer.last.flags & RST, RST);
  CHECK_EQ(peer_state(&c.peer), NOBODY);

  reach(&c, wire, ESTAB);
  peer_say(&c.peer, ACK, 10);
  peer_flush(&c.peer);
  CHECK_EQ(psock_close(c.psock), 0);
  CHECK(peer_next(&c.peer, &c.peer.last));
  CHECK_EQ(c.peer.last.flags & RST, RST);
  CHECK_EQ(peer_state(&c.peer), NOBODY);
  CHECK_EQ(g_tcp.norphans, 0);
  CHECK_EQ(g_tcp.nestab, 0);
}

/* close() in the states before anything is established */

static void early_close(void)
{
  struct wire_s *wire = peer_wire();
  struct case_s c;

  reach(&c, wire, SENT);
  CHECK_EQ(psock_close(c.psock), 0);
  CHECK_EQ(peer_state(&c.peer), NOBODY);
  peer_quiet(&c.peer);

  reach(&c, wire, RCVD);
  CHECK_EQ(psock_close(c.psock), 0);
  peer_flush(&c.peer);
  peer_say(&c.peer, ACK, 0);
  if (peer_state(&c.peer) == FW1)
    {
      peer_expect(&c.peer, FIN | ACK);
      peer_say(&c.peer, FIN | ACK, 0);
      peer_expect(&c.peer, ACK);
      CHECK_EQ(peer_state(&c.peer), TIMEW);
    }
  else
    {
      CHECK_EQ(peer_state(&c.peer), NOBODY);
    }
}

/* A RST before accept(): the connection is gone from the queue */

static void reset_before_accept(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock = NULL;
  struct peer_s peer;

  peer_init(&peer, wire, 80);
  peer_say(&peer, SYN, 0);
  peer_expect(&peer, SYN | ACK);
  peer_say(&peer, ACK, 0);
  CHECK_EQ(peer_state(&peer), ESTAB);
  peer_send(&peer, RST, peer.seq, 0, NULL, 0);
  CHECK_EQ(peer_state(&peer), NOBODY);
  CHECK_EQ(psock_accept(listener, NULL, NULL, &psock, MSG_DONTWAIT), -EAGAIN);
  CHECK_EQ(psock_close(listener), 0);
}

/* Text, and even the FIN, may come with the SYN-ACK; what exceeds the window
 * that the SYN offered is cut off.
 */

static void text_with_syn_ack(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  char buf[2000];

  psock = peer_await(&peer, wire);
  peer_say(&peer, SYN | ACK, 100);
  peer_expect(&peer, ACK);
  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), 100);
  CHECK_EQ(psock_close(psock), 0);

  psock = peer_await(&peer, wire);
  peer_say(&peer, SYN | FIN | ACK, 100);
  peer_expect(&peer, ACK);
  CHECK_EQ(peer_state(&peer), CLOSEW);
  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), 100);
  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), 0);
  CHECK_EQ(psock_close(psock), 0);

  psock = peer_await(&peer, wire);
  peer_conn(&peer)->rcv_adv = 40;    /* As if the SYN had offered no more */
  peer_say(&peer, SYN | FIN | ACK, 100);
  peer.seq -= 61;
  CHECK_EQ(peer_state(&peer), ESTAB);
  peer_expect(&peer, ACK);
  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), 40);
  CHECK_EQ(psock_close(psock), 0);
}

/* An abort in LAST-ACK tells the peer only if he does not have our FIN yet,
 * because of what is still in front of it.
 */

static void last_ack_abort(void)
{
  struct wire_s *wire = peer_wire();
  struct linger linger =
  {
    1, 0
  };

  struct case_s c;
  static char big[5000];

  reach(&c, wire, CLOSEW);
  c.peer.wnd = 0;
  peer_say(&c.peer, ACK, 0);
  CHECK_EQ(sock_write(c.psock, big, sizeof(big)), sizeof(big));
  CHECK_EQ(psock_shutdown(c.psock, SHUT_WR), 0);
  CHECK_EQ(peer_state(&c.peer), LASTACK);
  peer_flush(&c.peer);
  CHECK_EQ(psock_setsockopt(c.psock, SOL_SOCKET, SO_LINGER, &linger,
                            sizeof(linger)), 0);
  CHECK_EQ(psock_close(c.psock), 0);
  CHECK(peer_next(&c.peer, &c.peer.last));
  CHECK_EQ(c.peer.last.flags & RST, RST);
  CHECK_EQ(peer_state(&c.peer), NOBODY);

  reach(&c, wire, LASTACK);
  CHECK_EQ(psock_setsockopt(c.psock, SOL_SOCKET, SO_LINGER, &linger,
                            sizeof(linger)), 0);
  CHECK_EQ(psock_close(c.psock), 0);
  CHECK_EQ(peer_state(&c.peer), NOBODY);
  peer_quiet(&c.peer);
}

/* SO_LINGER: close() waits for the ACK of the FIN, but not longer than it was
 * told; text that comes meanwhile is nobody's.
 */

static struct socket *g_lingerer;
static nettime_t g_closed;

static void closer(void *arg)
{
  (void)arg;
  psock_close(g_lingerer);
  g_closed = clock_systime_ns();
}

static void linger_waits(void)
{
  struct wire_s *wire = peer_wire();
  struct linger linger =
  {
    1, 5
  };

  struct case_s c;
  nettime_t start;
  int how;
  int pid;

  for (how = 0; how < 3; how++)
    {
      reach(&c, wire, ESTAB);
      CHECK_EQ(psock_setsockopt(c.psock, SOL_SOCKET, SO_LINGER, &linger,
                                sizeof(linger)), 0);
      peer_flush(&c.peer);
      g_lingerer = c.psock;
      g_closed   = 0;
      start      = clock_systime_ns();
      pid        = stack_task("closer", closer, NULL);
      stack_sleep(NET_MSEC);
      CHECK_EQ(peer_state(&c.peer), FW1);
      peer_expect(&c.peer, FIN | ACK);
      stack_sleep(NET_SEC);
      CHECK_EQ(g_closed, 0);
      if (how == 0)
        {
          peer_say(&c.peer, ACK, 0);
          stack_sleep(NET_MSEC);
          CHECK_EQ(peer_state(&c.peer), FW2);
          CHECK(g_closed != 0 && g_closed - start < 2 * NET_SEC);
          peer_say(&c.peer, RST, 0);
        }
      else if (how == 1)
        {
          peer_say(&c.peer, ACK, 10);
          stack_sleep(NET_MSEC);
          CHECK(g_closed != 0 && g_closed - start < 2 * NET_SEC);
          CHECK_EQ(peer_state(&c.peer), NOBODY);
        }
      else
        {
          stack_sleep(10 * NET_SEC);
          CHECK_EQ(g_closed - start, 5 * NET_SEC);
          CHECK_EQ(peer_state(&c.peer), FW1);
          peer_say(&c.peer, RST, 0);
        }

      stack_join(pid);
      CHECK_EQ(peer_state(&c.peer), NOBODY);
      peer_flush(&c.peer);
    }
}

/* With no way to the peer, and nothing under way, a connection ends after R2,
 * or when its user has had enough
 */

static void no_route_ends(void)
{
  struct wire_s *wire = peer_wire();
  unsigned int timeout = 3000;
  struct case_s c;
  int user;

  for (user = 0; user < 2; user++)
    {
      reach(&c, wire, ESTAB);
      if (user)
        {
          CHECK_EQ(psock_setsockopt(c.psock, IPPROTO_TCP, TCP_USER_TIMEOUT,
                                    &timeout, sizeof(timeout)), 0);
        }

      netif_down(wire->nif);
      CHECK_EQ(sock_write(c.psock, "x", 1), 1);
      stack_sleep(user ? 2 * NET_SEC : 900 * NET_SEC);
      CHECK_EQ(sock_error(c.psock), 0);
      stack_sleep(user ? 2 * NET_SEC : 300 * NET_SEC);
      CHECK_EQ(sock_error(c.psock), ENETUNREACH);
      CHECK_EQ(psock_close(c.psock), 0);
      CHECK_EQ(netif_up(wire->nif), 0);
      stack_sleep(10 * NET_SEC);
      wire_know(wire, 2);
    }
}

/* A stranger's FIN somewhere in the window does not hide the peer's */

static void forged_fin(void)
{
  struct wire_s *wire = peer_wire();
  struct case_s c;
  char data[400];

  reach(&c, wire, ESTAB);
  peer_send(&c.peer, FIN | ACK, c.peer.seq + 150, c.peer.ack, NULL, 0);
  peer_say(&c.peer, ACK, 100);
  CHECK_EQ(peer_state(&c.peer), ESTAB);
  peer_say(&c.peer, ACK, 100);
  CHECK_EQ(stack_stat("tcp.rcv_badfin"), 1);
  peer_say(&c.peer, FIN | ACK, 100);
  CHECK_EQ(peer_state(&c.peer), CLOSEW);
  CHECK_EQ(sock_read(c.psock, data, sizeof(data)), 300);
  CHECK_EQ(sock_read(c.psock, data, sizeof(data)), 0);
  peer_flush(&c.peer);
  CHECK_EQ(psock_close(c.psock), 0);
  peer_say(&c.peer, RST, 0);
  peer_flush(&c.peer);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(every_row)
SCENARIO(half_close)
SCENARIO(simultaneous)
SCENARIO(orphans)
SCENARIO(early_close)
SCENARIO(reset_before_accept)
SCENARIO(text_with_syn_ack)
SCENARIO(last_ack_abort)
SCENARIO(linger_waits)
SCENARIO(no_route_ends)
SCENARIO(forged_fin)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_every_row),
    cmocka_unit_test(test_half_close),
    cmocka_unit_test(test_simultaneous),
    cmocka_unit_test(test_orphans),
    cmocka_unit_test(test_early_close),
    cmocka_unit_test(test_reset_before_accept),
    cmocka_unit_test(test_text_with_syn_ack),
    cmocka_unit_test(test_last_ack_abort),
    cmocka_unit_test(test_linger_waits),
    cmocka_unit_test(test_no_route_ends),
    cmocka_unit_test(test_forged_fin),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
