/****************************************************************************
 * apps/testing/sockettest/group_hold.c
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

/* Group hold: TCP over a device that keeps what it was given to send, as the
 * ring of a DMA engine does, while TCP resends, is acknowledged, closes and
 * aborts.
 *
 * Goal: a frame does not change while the device has it; TCP goes on
 * meanwhile; and when the device lets go everything is given back.  Method:
 * the hold layer of our own device keeps frames, by number, for a time, or
 * until told, and adds up their bytes when they come and when they go: those
 * that changed are its counter "modified".
 *
 * Frames that are held have been sent already: the peer has its data, and
 * answers.  Both tasks share the ring of 256 places or more; "--wrap
 * hold,depth=512" has room for all tests.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define KIB        1024u
#define FRAME      1536              /* Bytes of the pool, at most */
#define LIMIT      300               /* Seconds a transfer may stall */

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: upload
 *
 * Description:
 *   A stream to the peer as fast as it goes.
 *
 ****************************************************************************/

static void upload(uint32_t bytes)
{
  struct st_service_s service;
  uint32_t stream = st_random(UINT16_MAX);
  uint32_t crc = 0;
  int err;
  int fd;

  st_start(&service, "discard stream=%u", stream);
  fd = st_connect(&service);
  st_limit(fd, LIMIT);
  err = st_send_stream(fd, stream, bytes, 0, &crc);
  ST_ASSERT(err == 0, "sending: %s", strerror(err));
  st_finish(fd);
  st_got(&service, bytes, crc);
}

/****************************************************************************
 * Name: at_most
 *
 * Description:
 *   So many frames, or as many as the device may keep of a small pool: with
 *   half of it the stack still has something to send from.
 *
 ****************************************************************************/

static unsigned int at_most(unsigned int frames)
{
  FAR FILE *file = fopen("/proc/iobinfo", "r");
  unsigned long arena = 0;
  char line[100];

  while (file != NULL && fgets(line, sizeof(line), file) != NULL)
    {
      if (strncmp(line, "arena ", 6) == 0)
        {
          arena = strtoul(line + 6, NULL, 10);
        }
    }

  if (file != NULL)
    {
      fclose(file);
    }

  return arena > 0 && arena / FRAME / 2 < frames ?
         (unsigned int)(arena / FRAME / 2) : frames;
}

/****************************************************************************
 * Name: kept
 *
 * Description:
 *   The device has kept frames, so many at once, and none has changed.
 *
 ****************************************************************************/

static void kept(uint64_t before, uint64_t modified, unsigned int most)
{
  uint64_t now = st_net_counter("hold", "most");

  ST_ASSERT(st_net_counter("hold", "held") > before, "nothing was kept");
  ST_ASSERT(now >= most, "no more than %llu frames were kept at once",
            (unsigned long long)now);
  ST_ASSERT(st_net_counter("hold", "modified") == modified,
            "frames were changed while the device had them");
}

/****************************************************************************
 * Name: holding
 *
 * Description:
 *   Transfers with the device set like this; "most": frames kept at once.
 *
 ****************************************************************************/

static void holding(FAR const char *how, unsigned int most, uint32_t bytes)
{
  uint64_t held = st_net_counter("hold", "held");
  uint64_t modified = st_net_counter("hold", "modified");

  st_hold("%s", how);
  st_exchange(bytes / 2, st_random(UINT16_MAX), LIMIT);
  upload(bytes);
  st_net_reset();
  kept(held, modified, most);
}

static void hold_one(FAR void **state)
{
  UNUSED(state);
  holding("time=0 count=1", 1, 128 * KIB);
}

static void hold_sixteen(FAR void **state)
{
  UNUSED(state);
  holding("time=0 count=16", 16, 256 * KIB);
}

/****************************************************************************
 * Name: hold_all
 *
 * Description:
 *   As many as the ring has, so that it is full, and sending waits for a
 *   place.  256 frames, or those that have been sent, or half of the pool.
 *
 ****************************************************************************/

static void hold_all(FAR void **state)
{
  unsigned int count = at_most(255);
  char how[40];

  UNUSED(state);
  snprintf(how, sizeof(how), "time=0 count=%u", count);
  holding(how, count < 32 ? count : 32, 1024 * KIB);
}

/****************************************************************************
 * Name: hold_until_acked
 *
 * Description:
 *   For longer than a round trip: the acknowledgement finds the data shared.
 *
 ****************************************************************************/

static void hold_until_acked(FAR void **state)
{
  UNUSED(state);
  holding("time=20ms count=0", 2, 256 * KIB);
}

/****************************************************************************
 * Name: hold_past_rto
 *
 * Description:
 *   Segments are lost, and the device keeps what was sent first for longer
 *   than a timeout: what is sent again is shared with it.  Nothing is copied.
 *
 ****************************************************************************/

static void hold_past_rto(FAR void **state)
{
  uint64_t held = st_net_counter("hold", "held");
  uint64_t modified = st_net_counter("hold", "modified");
  int64_t copies = st_net_stat("TcpExt", "copies_resend");
  uint64_t lost = st_net_counter("fault", "tx_lost_nth");

  UNUSED(state);
  st_net("dir=tx tcp=data nth=6");
  st_hold("time=1500ms count=0");
  upload(32 * KIB);
  st_net_reset();
  kept(held, modified, 2);
  ST_ASSERT(st_net_counter("fault", "tx_lost_nth") > lost,
            "nothing was lost");
  ST_ASSERT(st_net_stat("TcpExt", "copies_resend") == copies,
            "bytes were copied to be sent again");
}

/****************************************************************************
 * Name: hold_lossy
 *
 * Description:
 *   Few frames, of a network that loses, doubles and reorders them.
 *
 ****************************************************************************/

static void hold_lossy(FAR void **state)
{
  uint64_t held = st_net_counter("hold", "held");
  uint64_t modified = st_net_counter("hold", "modified");

  UNUSED(state);
  st_net("seed=%u loss=3%% dup=3%% reorder=5%%",
         1 + st_random(INT32_MAX));
  st_hold("time=0 count=8");
  st_exchange(32 * KIB, st_random(UINT16_MAX), LIMIT);
  upload(64 * KIB);
  st_net_reset();
  kept(held, modified, 8);
}

/****************************************************************************
 * Name: open_held
 *
 * Description:
 *   A connection to a service, from which on the device keeps everything
 *   until told, and some data on its way.
 *
 ****************************************************************************/

static int open_held(FAR struct st_service_s *service, FAR const char *kind,
                     FAR uint8_t *buf, size_t size, uint32_t stream)
{
  int fd;

  st_start(service, "%s stream=%u", kind, stream);
  fd = st_connect(service);
  st_limit(fd, LIMIT);
  st_hold("time=0 count=0");
  st_fill(buf, size, stream, 0);
  ST_ASSERT(st_send_all(fd, buf, size) == (ssize_t)size, "sending: %s",
            strerror(errno));
  return fd;
}

/****************************************************************************
 * Name: hold_past_close
 *
 * Description:
 *   The connection is over and forgotten, in order, before the device has let
 *   go of a single frame of it.
 *
 ****************************************************************************/

static void hold_past_close(FAR void **state)
{
  uint64_t held = st_net_counter("hold", "held");
  uint64_t modified = st_net_counter("hold", "modified");
  uint32_t stream = st_random(UINT16_MAX);
  struct st_service_s service;
  uint8_t buf[20 * KIB];
  int fd;

  UNUSED(state);
  fd = open_held(&service, "discard", buf, sizeof(buf), stream);
  st_finish(fd);
  st_result(&service);
  ST_ASSERT(service.bytes == sizeof(buf) && service.errors == 0,
            "the peer says: %s", service.text);
  st_net_reset();
  kept(held, modified, 15);
}

/****************************************************************************
 * Name: hold_past_abort
 *
 * Description:
 *   The same with a reset: the socket goes at once, with data in its queue
 *   that the device shares.
 *
 ****************************************************************************/

static void hold_past_abort(FAR void **state)
{
  uint64_t held = st_net_counter("hold", "held");
  uint64_t modified = st_net_counter("hold", "modified");
  uint32_t stream = st_random(UINT16_MAX);
  struct st_service_s service;
  struct linger linger =
  {
    1, 0
  };

  uint8_t buf[20 * KIB];
  int fd;

  UNUSED(state);
  fd = open_held(&service, "discard", buf, sizeof(buf), stream);
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger,
                sizeof(linger)));
  st_close(fd);
  st_net_reset();
  kept(held, modified, 2);
  st_stop(&service);
}

/****************************************************************************
 * Name: hold_step_by_step
 *
 * Description:
 *   The device lets go of one frame at a time while the transfer goes on.
 *
 ****************************************************************************/

static void hold_step_by_step(FAR void **state)
{
  uint64_t held = st_net_counter("hold", "held");
  uint64_t modified = st_net_counter("hold", "modified");
  uint32_t stream = st_random(UINT16_MAX);
  struct st_service_s service;
  unsigned int rounds = at_most(60) / 3;
  uint8_t buf[2 * KIB];
  unsigned int i;
  int fd;

  UNUSED(state);
  fd = open_held(&service, "echo", buf, sizeof(buf), stream);
  for (i = 0; i < rounds; i++)
    {
      memset(buf, 0, sizeof(buf));
      ST_ASSERT(st_recv_all(fd, buf, sizeof(buf)) == sizeof(buf),
                "receiving: %s", strerror(errno));
      ST_ASSERT(st_check(buf, sizeof(buf), stream, i * sizeof(buf)) == -1,
                "wrong bytes");
      st_hold("release=1");
      st_fill(buf, sizeof(buf), stream, (i + 1) * sizeof(buf));
      ST_ASSERT(st_send_all(fd, buf, sizeof(buf)) == sizeof(buf),
                "sending: %s", strerror(errno));
    }

  memset(buf, 0, sizeof(buf));
  ST_ASSERT(st_recv_all(fd, buf, sizeof(buf)) == sizeof(buf),
            "receiving: %s", strerror(errno));
  ST_ASSERT(st_check(buf, sizeof(buf), stream, i * sizeof(buf)) == -1,
            "wrong bytes");
  st_finish(fd);
  st_net_reset();
  kept(held, modified, rounds * 3 / 4);
  st_result(&service);
  ST_ASSERT(service.errors == 0, "the peer says: %s", service.text);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

#define TEST(name, about, more, after) \
  {#name, hold_##name, about, ST_NEEDS_PEER | ST_NEEDS_HOLD | (more), after}

const struct st_test_s g_st_hold[] =
{
  TEST(one, "one frame", 0, NULL),
  TEST(sixteen, "16 frames", 0, NULL),
  TEST(all, "256 frames, as many as there are", 0, "sixteen"),
  TEST(until_acked, "until after the acknowledgement", 0, NULL),
  TEST(past_rto, "until after a timeout: resending copies nothing",
       ST_NEEDS_NET, "until_acked"),
  TEST(lossy, "8 frames of a network that loses some", ST_NEEDS_NET, NULL),
  TEST(past_close, "until after the end of the connection", 0, NULL),
  TEST(past_abort, "until after a reset", 0, NULL),
  TEST(step_by_step, "until told, one by one", 0, NULL),
  {NULL, NULL, NULL, 0, NULL}
};
