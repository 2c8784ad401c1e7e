/****************************************************************************
 * apps/testing/sockettest/group_loss.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* Group loss: TCP over a network that loses, doubles, reorders, damages and
 * delays.
 *
 * Goal: whatever the network does, every byte arrives once, in order, and
 * right; and sending it again copies nothing.  Method: the fault layer of our
 * own device, which has both directions, is told which segments to treat.
 * Then the patterns of a transfer run: to the peer, from the peer, and both
 * at once.  Each test looks into the layer's counters for what it asked for:
 * a fault that did not happen shows nothing.  Where chance decides whether it
 * happens, transfers go on until it has.
 *
 * How long a transfer may stand still is the business of TCP: a segment that
 * is lost again and again is sent after twice the time each time (RFC 6298
 * 5.5), and a connection that gets nothing through at all ends itself (RFC
 * 9293 3.8.3), Linux' and ours after 924 s at the earliest.  So all limits
 * here are above that: the one of our sockets, of the peer's services, and
 * for answers on the control connection.
 *
 * With virtual time a wait costs nothing.  With real time it does, so what
 * has to wait for timeouts is short, nothing is above 256 KiB, and no test
 * loses the same segment more than a few times on purpose.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define KIB        1024u
#define LIMIT      1000              /* Seconds a transfer may stall */
#define MINPMTU    556               /* Linux believes in 552 and more */
#define MSS        1000              /* Bytes, to lose so many segments */
#define SILENCE    1000              /* Milliseconds */
#define TRIES      20                /* For a fault that chance decides on */

/* A test that runs all patterns over one fault */

#define LOSSY(name, fault, counter, bytes) \
  static void loss_##name(FAR void **state) \
  { \
    UNUSED(state); \
    patterns(fault, counter, bytes); \
  }

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* A stream to the peer, of a thread */

struct bulk_s
{
  struct st_worker_s worker;
  int fd;
  uint32_t stream;
  uint64_t bytes;
  uint32_t crc;
  int err;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: happened
 *
 * Description:
 *   How often a fault has happened: "counter" of both directions together.
 *
 ****************************************************************************/

static uint64_t happened(FAR const char *counter)
{
  char name[40];
  uint64_t n;

  snprintf(name, sizeof(name), "tx_%s", counter);
  n = st_net_counter("fault", name);
  snprintf(name, sizeof(name), "rx_%s", counter);
  return n + st_net_counter("fault", name);
}

/****************************************************************************
 * Name: connected
 *
 * Description:
 *   A connection to a service with these limits.  Segments are of mss bytes
 *   whatever the MTU is; 0: as long as they may be.
 *
 ****************************************************************************/

static int connected(FAR const struct st_service_s *service, int mss)
{
  struct sockaddr_in to = st_peer(service->port);
  int fd = st_socket(SOCK_STREAM);

  st_limit(fd, LIMIT);
  ST_ASSERT(mss == 0 || ST_CALL(setsockopt, fd, IPPROTO_TCP, TCP_MAXSEG,
                                &mss, sizeof(mss)) == 0,
            "TCP_MAXSEG: %s", strerror(errno));
  ST_OK(ST_CALL(connect, fd, (FAR struct sockaddr *)&to, sizeof(to)));
  return fd;
}

/****************************************************************************
 * Name: upload
 *
 * Description:
 *   To the peer, which checks every byte.
 *
 ****************************************************************************/

static void upload(uint32_t bytes, uint32_t stream, int mss)
{
  struct st_service_s service;
  uint32_t crc = 0;
  int err;
  int fd;

  st_start(&service, "discard stream=%u timeout=%u", stream, LIMIT);
  fd = connected(&service, mss);
  err = st_send_stream(fd, stream, bytes, 0, &crc);
  ST_ASSERT(err == 0, "sending: %s", strerror(err));
  st_finish(fd);
  st_got(&service, bytes, crc);
}

/****************************************************************************
 * Name: download
 *
 * Description:
 *   From the peer.
 *
 ****************************************************************************/

static void download(uint32_t bytes, uint32_t stream, int mss)
{
  struct st_service_s service;
  uint32_t crc = 0;
  int err;
  int fd;

  st_start(&service, "source bytes=%u stream=%u timeout=%u", bytes, stream,
           LIMIT);
  fd = connected(&service, mss);
  err = st_recv_stream(fd, stream + ST_BACK, bytes, 0, &crc);
  ST_ASSERT(err == 0, "receiving: %s", strerror(err));
  st_expect_end(fd);
  st_close(fd);
  st_result(&service);
  ST_ASSERT(service.sent == bytes && service.sentcrc == crc &&
            service.errors == 0, "the peer says: %s", service.text);
}

/****************************************************************************
 * Name: patterns
 *
 * Description:
 *   All of them, over a network with this fault, which has to happen: if
 *   chance has it that it does not, once more.  The control connection has
 *   its share of it.
 *
 ****************************************************************************/

static void patterns(FAR const char *fault, FAR const char *counter,
                     uint32_t bytes)
{
  uint64_t before = happened(counter);
  uint32_t stream = st_random(UINT16_MAX);
  unsigned int i;

  st_limit(g_st.ctrl, LIMIT + 60);
  for (i = 0; i < TRIES && happened(counter) == before; i++)
    {
      st_net("seed=%u %s", 1 + st_random(INT32_MAX), fault);
      upload(bytes, stream, 0);
      st_net("seed=%u %s", 1 + st_random(INT32_MAX), fault);
      download(bytes, stream + 1, 0);
      st_net("seed=%u %s", 1 + st_random(INT32_MAX), fault);
      st_exchange(bytes / 4, stream + 2, LIMIT);
    }

  st_net_reset();
  ST_ASSERT(happened(counter) > before, "nothing of %s has happened in %u "
            "turns", fault, i);
}

LOSSY(every_5th_segment, "tcp=data nth=5", "lost_nth", 64 * KIB)
LOSSY(every_20th_segment, "tcp=data nth=20", "lost_nth", 256 * KIB)
LOSSY(one_percent, "loss=1%", "lost_random", 256 * KIB)
LOSSY(bursts, "burst-start=2% burst-end=50%", "lost_burst", 64 * KIB)
LOSSY(every_2nd_ack, "tcp=ack nth=2", "lost_nth", 256 * KIB)
LOSSY(first_transmissions, "tcp=first nth=1", "lost_nth", 8 * KIB)
LOSSY(duplicated, "tcp=any dup=20%", "duplicated", 256 * KIB)
LOSSY(reordered, "reorder=20% gap=3", "reordered", 256 * KIB)
LOSSY(corrupted, "tcp=any corrupt=3%", "corrupted", 128 * KIB)
LOSSY(slow, "rate=10mbit delay=5ms jitter=4ms", "delayed", 128 * KIB)
LOSSY(everything, "loss=2% dup=2% reorder=5% gap=2 delay=2ms jitter=2ms",
      "lost_random", 64 * KIB)

/****************************************************************************
 * Name: lost_in_a_row
 *
 * Description:
 *   One message to the peer and back of which the first ten segments are
 *   lost, in one direction.  They fill the initial window of ten, so all are
 *   on their way at once, and a timeout is all that tells.
 *
 ****************************************************************************/

static void lost_in_a_row(FAR const char *dir)
{
  uint8_t buf[16 * KIB];
  uint64_t before = happened("lost_nth");
  uint32_t stream = st_random(UINT16_MAX);
  struct st_service_s service;
  uint64_t n;
  int fd;

  st_start(&service, "echo stream=%u timeout=%u", stream, LIMIT);
  fd = connected(&service, MSS);
  st_fill(buf, sizeof(buf), stream, 0);
  st_net("dir=%s tcp=data nth=1 times=10", dir);
  ST_ASSERT(st_send_all(fd, buf, sizeof(buf)) == sizeof(buf), "sending: %s",
            strerror(errno));
  memset(buf, 0, sizeof(buf));
  ST_ASSERT(st_recv_all(fd, buf, sizeof(buf)) == sizeof(buf),
            "receiving: %s", strerror(errno));
  ST_ASSERT(st_check(buf, sizeof(buf), stream, 0) == -1, "wrong bytes");
  st_net_reset();
  n = happened("lost_nth") - before;
  ST_ASSERT(n == 10, "%u segments were lost, not 10", (unsigned int)n);
  st_finish(fd);
  st_result(&service);
  ST_ASSERT(service.bytes == sizeof(buf) && service.errors == 0,
            "the peer says: %s", service.text);
}

/****************************************************************************
 * Name: loss_burst
 *
 * Description:
 *   Ten segments in a row, each way: in mid-stream, and at the beginning.
 *
 ****************************************************************************/

static void loss_burst(FAR void **state)
{
  uint32_t stream = st_random(UINT16_MAX);
  uint64_t before = happened("lost_nth");

  UNUSED(state);
  st_limit(g_st.ctrl, LIMIT + 60);
  st_net("dir=tx tcp=data after=20 nth=1 times=10");
  upload(128 * KIB, stream, MSS);
  ST_ASSERT(happened("lost_nth") == before + 10, "too little was lost");
  st_net("dir=rx tcp=data after=20 nth=1 times=10");
  download(128 * KIB, stream + 1, MSS);
  ST_ASSERT(happened("lost_nth") == before + 20, "too little was lost");
  st_net_reset();

  lost_in_a_row("tx");
  lost_in_a_row("rx");
}

/****************************************************************************
 * Name: send_bulk
 *
 * Description:
 *   The thread that sends.
 *
 ****************************************************************************/

static FAR void *send_bulk(FAR void *arg)
{
  FAR struct bulk_s *b = arg;

  b->err = st_send_stream(b->fd, b->stream, b->bytes, 0, &b->crc);
  return NULL;
}

/****************************************************************************
 * Name: silence
 *
 * Description:
 *   The acknowledgements of one direction get lost, all of them, until the
 *   timeout of the sender has passed at least twice: after each one it asks
 *   again, and what answers is lost, too.
 *
 ****************************************************************************/

static void silence(FAR const char *dir)
{
  uint64_t before = happened("lost_nth");
  uint64_t end = st_now() + SILENCE;

  st_net("dir=%s tcp=ack nth=1", dir);
  while (happened("lost_nth") < before + 3 || st_now() < end)
    {
      ST_ASSERT(st_now() < end + LIMIT * 1000, "nothing was sent again");
      poll(NULL, 0, 50);
    }

  st_net_reset();
}

/****************************************************************************
 * Name: loss_all_acks
 *
 * Description:
 *   Nothing comes back for a while, while data goes on: as much as there is
 *   room for, and then again what was lost for all the sender knows.
 *
 ****************************************************************************/

static void loss_all_acks(FAR void **state)
{
  struct st_service_s service;
  uint32_t stream = st_random(UINT16_MAX);
  struct bulk_s bulk;
  uint32_t crc = 0;
  int err;
  int fd;

  UNUSED(state);
  st_limit(g_st.ctrl, LIMIT + 60);
  st_start(&service, "discard stream=%u timeout=%u", stream, LIMIT);
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  memset(&bulk, 0, sizeof(bulk));
  bulk.fd     = fd;
  bulk.stream = stream;
  bulk.bytes  = 256 * KIB;
  st_worker(&bulk.worker, send_bulk, &bulk);
  silence("rx");
  st_join(&bulk.worker);
  ST_ASSERT(bulk.err == 0, "sending: %s", strerror(bulk.err));
  st_finish(fd);
  st_got(&service, bulk.bytes, bulk.crc);

  stream++;
  st_start(&service, "source bytes=%u stream=%u timeout=%u", 256 * KIB,
           stream, LIMIT);
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  silence("tx");
  err = st_recv_stream(fd, stream + ST_BACK, 256 * KIB, 0, &crc);
  ST_ASSERT(err == 0, "receiving: %s", strerror(err));
  st_expect_end(fd);
  st_close(fd);
  st_result(&service);
  ST_ASSERT(service.sent == 256 * KIB && service.sentcrc == crc &&
            service.errors == 0, "the peer says: %s", service.text);
}

/****************************************************************************
 * Name: handshake
 *
 * Description:
 *   A connection whose first segments of a kind are lost; with "all", every
 *   one until connect() has returned.
 *
 ****************************************************************************/

static void handshake(FAR const char *fault, bool all)
{
  struct st_service_s service;
  uint64_t before = happened("lost_nth");
  uint32_t stream = st_random(UINT16_MAX);
  uint8_t buf[100];
  int fd;

  st_start(&service, "echo stream=%u timeout=%u", stream, LIMIT);
  st_net("%s", fault);
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  if (all)
    {
      st_net_reset();
    }

  st_fill(buf, sizeof(buf), stream, 0);
  ST_ASSERT(st_send_all(fd, buf, sizeof(buf)) == sizeof(buf), "sending: %s",
            strerror(errno));
  memset(buf, 0, sizeof(buf));
  ST_ASSERT(st_recv_all(fd, buf, sizeof(buf)) == sizeof(buf),
            "receiving: %s", strerror(errno));
  ST_ASSERT(st_check(buf, sizeof(buf), stream, 0) == -1, "wrong bytes");
  st_finish(fd);
  st_net_reset();
  ST_ASSERT(happened("lost_nth") > before, "nothing was lost");
  st_result(&service);
  ST_ASSERT(service.conns == 1 && service.errors == 0, "the peer says: %s",
            service.text);
}

static void loss_syn(FAR void **state)
{
  UNUSED(state);
  handshake("dir=tx tcp=syn nth=1 times=1", false);
}

static void loss_synack(FAR void **state)
{
  UNUSED(state);
  handshake("dir=rx tcp=synack nth=1 times=1", false);
}

static void loss_third_ack(FAR void **state)
{
  /* Not just one: that may be an acknowledgement of the control connection.
   * connect() returns when the last segment of the handshake has been sent.
   */

  UNUSED(state);
  handshake("dir=tx tcp=ack nth=1", true);
}

static void loss_fin(FAR void **state)
{
  UNUSED(state);
  handshake("dir=tx tcp=fin nth=1 times=1", false);
  handshake("dir=rx tcp=fin nth=1 times=1", false);
}

/****************************************************************************
 * Name: loss_syn_never
 *
 * Description:
 *   No SYN gets through: the time limit of the socket ends it, or the
 *   connection's own.
 *
 ****************************************************************************/

static void loss_syn_never(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in to;
  int fd;

  UNUSED(state);
  st_start(&service, "echo");
  st_net("dir=tx tcp=syn nth=1");
  fd = st_socket(SOCK_STREAM);
  st_nonblock(fd, true);
  to = st_peer(service.port);
  ST_ERRNO(ST_CALL(connect, fd, (FAR struct sockaddr *)&to, sizeof(to)),
           EINPROGRESS);
  ST_ASSERT(st_poll(fd, POLLOUT, 1500) == 0, "connected without a SYN");
  st_close(fd);
  st_net_reset();
  st_stop(&service);
  ST_ASSERT(service.conns == 0, "the peer has a connection");
}

/****************************************************************************
 * Name: loss_window_updates
 *
 * Description:
 *   The receiver is slow, and what says that it has room again is lost: the
 *   sender must ask.  Once we are the receiver, once the peer is.
 *
 ****************************************************************************/

static void loss_window_updates(FAR void **state)
{
  struct st_service_s service;
  uint32_t stream = st_random(UINT16_MAX);
  uint64_t before = happened("lost_nth");
  uint32_t crc = 0;
  int size = 8 * KIB;
  int err;
  int fd;

  UNUSED(state);
  st_start(&service, "source bytes=%u stream=%u timeout=%u", 64 * KIB,
           stream, LIMIT);
  st_net("dir=tx tcp=window nth=1 times=2");
  fd = st_socket(SOCK_STREAM);
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
  st_limit(fd, LIMIT);
  {
    struct sockaddr_in to = st_peer(service.port);

    ST_OK(ST_CALL(connect, fd, (FAR struct sockaddr *)&to, sizeof(to)));
  }

  usleep(300000);                    /* The window closes */
  err = st_recv_stream(fd, stream + ST_BACK, 64 * KIB, 0, &crc);
  ST_ASSERT(err == 0, "receiving: %s", strerror(err));
  st_expect_end(fd);
  st_close(fd);
  st_result(&service);
  ST_ASSERT(service.sent == 64 * KIB && service.sentcrc == crc,
            "the peer says: %s", service.text);
  ST_ASSERT(happened("lost_nth") > before, "no window update was lost");

  before = happened("lost_nth");
  crc    = 0;
  st_start(&service, "discard stream=%u rcvbuf=8192 delay_ms=300 timeout=%u",
           stream, LIMIT);
  st_net("dir=rx tcp=window nth=1 times=2");
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  err = st_send_stream(fd, stream, 64 * KIB, 0, &crc);
  ST_ASSERT(err == 0, "sending: %s", strerror(err));
  st_finish(fd);
  st_net_reset();
  st_got(&service, 64 * KIB, crc);
  ST_ASSERT(happened("lost_nth") > before, "no window update was lost");
}

/****************************************************************************
 * Name: loss_delayed
 *
 * Description:
 *   In mid-stream the way becomes longer than a timeout, and short again:
 *   what was sent twice arrives twice.
 *
 ****************************************************************************/

static void loss_delayed(FAR void **state)
{
  int64_t resent = st_net_stat("Tcp", "RetransSegs");
  uint64_t before = happened("delayed");
  struct st_service_s service;
  uint32_t stream = st_random(UINT16_MAX);
  uint8_t buf[16 * KIB];
  uint32_t crc = 0;
  unsigned int i;
  int fd;

  UNUSED(state);
  st_start(&service, "discard stream=%u timeout=%u", stream, LIMIT);
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  for (i = 0; i < 8; i++)
    {
      if (i == 2)
        {
          st_net("dir=tx delay=1500ms");
        }
      else if (i == 4)
        {
          usleep(1200000);
          st_net("%s", "");
        }

      st_fill(buf, sizeof(buf), stream, i * sizeof(buf));
      crc = st_crc32c(crc, buf, sizeof(buf));
      ST_ASSERT(st_send_all(fd, buf, sizeof(buf)) == sizeof(buf),
                "sending: %s", strerror(errno));
    }

  st_finish(fd);
  st_got(&service, 128 * KIB, crc);
  ST_ASSERT(happened("delayed") > before, "nothing was delayed");
  ST_ASSERT(resent < 0 || st_net_stat("Tcp", "RetransSegs") > resent,
            "nothing was sent twice");
}

/****************************************************************************
 * Name: loss_path_mtu
 *
 * Description:
 *   The path gets narrower in mid-stream, twice: the rest, and what was too
 *   long, goes in smaller segments.
 *
 ****************************************************************************/

static void loss_path_mtu(FAR void **state)
{
  struct st_service_s service;
  uint32_t stream = st_random(UINT16_MAX);
  uint64_t before = happened("lost_mtu");
  uint8_t buf[16 * KIB];
  uint32_t crc = 0;
  unsigned int i;
  socklen_t len = sizeof(int);
  int mss;
  int fd;

  UNUSED(state);
  st_start(&service, "discard stream=%u timeout=%u", stream, LIMIT);
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  ST_OK(ST_CALL(getsockopt, fd, IPPROTO_TCP, TCP_MAXSEG, &mss, &len));
  for (i = 0; i < 6; i++)
    {
      if (i == 2 || i == 4)
        {
          int mtu = mss * (6 - (int)i) / 6;

          st_net("dir=tx mtu=%d", mtu > MINPMTU ? mtu : MINPMTU + 4 -
                 (int)i);
        }

      st_fill(buf, sizeof(buf), stream, i * sizeof(buf));
      crc = st_crc32c(crc, buf, sizeof(buf));
      ST_ASSERT(st_send_all(fd, buf, sizeof(buf)) == sizeof(buf),
                "sending: %s", strerror(errno));
    }

  st_finish(fd);
  st_net_reset();
  st_got(&service, 96 * KIB, crc);
  ST_ASSERT(happened("lost_mtu") > before, "no packet was too long");
}

/****************************************************************************
 * Name: loss_no_copies
 *
 * Description:
 *   At 5 % loss both directions deliver every byte, and no byte was copied to
 *   be sent again.  That the pool is complete afterwards is checked by the
 *   runner for this test as for all others.
 *
 ****************************************************************************/

static void loss_no_copies(FAR void **state)
{
  int64_t copies = st_net_stat("TcpExt", "copies_resend");
  int64_t resent = st_net_stat("Tcp", "RetransSegs");
  uint64_t before = happened("lost_random");
  unsigned int turns = 0;
  uint64_t lost;

  UNUSED(state);
  if (copies < 0)
    {
      st_skip("this system does not count copies");
    }

  do
    {
      patterns("loss=5%", "lost_random", 256 * KIB);
      lost = happened("lost_random") - before;
    }
  while (lost < 20 && ++turns < TRIES);

  copies = st_net_stat("TcpExt", "copies_resend") - copies;
  resent = st_net_stat("Tcp", "RetransSegs") - resent;
  print_message("[          ] %llu frames lost, %lld segments sent again, "
                "%lld bytes copied for that\n", (unsigned long long)lost,
                (long long)resent, (long long)copies);
  ST_ASSERT(lost >= 20 && resent > 0, "too little was lost");
  ST_ASSERT(copies == 0, "%lld bytes were copied to be sent again",
            (long long)copies);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

#define TEST(name, about, after) \
  {#name, loss_##name, about, ST_NEEDS_PEER | ST_NEEDS_NET, after}

const struct st_test_s g_st_loss[] =
{
  TEST(every_20th_segment, "every 20th data segment is lost", NULL),
  TEST(every_5th_segment, "every 5th data segment is lost", NULL),
  TEST(one_percent, "1 % of all frames", NULL),
  TEST(no_copies, "5 % of all frames, and resending copies nothing",
       "one_percent"),
  TEST(burst, "ten data segments in a row", NULL),
  TEST(bursts, "bursts, by chance", "burst"),
  TEST(every_2nd_ack, "every 2nd acknowledgement", NULL),
  TEST(all_acks, "all acknowledgements for a while", "every_2nd_ack"),
  TEST(syn, "the SYN", NULL),
  TEST(synack, "the SYN-ACK", NULL),
  TEST(third_ack, "the last segment of the handshake", NULL),
  TEST(syn_never, "every SYN: there is no connection", "syn"),
  TEST(fin, "the FIN, of either side", NULL),
  TEST(first_transmissions, "the first transmission of everything", NULL),
  TEST(window_updates, "updates of a window that was closed", NULL),
  TEST(duplicated, "one in five segments arrives twice", NULL),
  TEST(reordered, "one in five frames is overtaken by three", NULL),
  TEST(corrupted, "one bit in 3 % of the segments is wrong", NULL),
  TEST(slow, "a slow link whose delay varies", NULL),
  TEST(everything, "loss, doubles, disorder and delay at once",
       "one_percent duplicated reordered slow"),
  TEST(delayed, "the delay exceeds a timeout in mid-stream", NULL),
  TEST(path_mtu, "the path MTU falls in mid-stream", NULL),
  {NULL, NULL, NULL, 0, NULL}
};
