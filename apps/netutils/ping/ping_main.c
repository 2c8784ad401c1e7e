/****************************************************************************
 * apps/netutils/ping/ping_main.c
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

/* ping: ask a host for echoes, and print what comes back.
 *
 * A datagram socket of ICMP is tried first: it needs no privilege, and the
 * kernel gives it its own answers only.  Where there is none a raw socket
 * does, which sees all ICMP.  Errors about our packets come by the error
 * queue of the socket (IP_RECVERR), as do those that the kernel itself has,
 * such as a packet longer than the path allows.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define PING_HEADER   8                /* Of ICMP */
#define PING_STAMP    8                /* Our time, in front of the data */
#define PING_MAX      65507            /* Bytes of data: what IP can carry */
#define PING_FLOOD    (10 * NETLIB_MSEC)

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct ping_s
{
  struct netlib_wait_s wait;
  struct netlib_addr_s peer;
  struct netlib_addr_s local;
  FAR const char *host;
  bool has_local;
  bool raw;
  bool quiet;
  bool flood;
  int fd;
  int ttl;                             /* -1: as it is */
  int discover;                        /* IP_MTU_DISCOVER; -1: as it is */
  uint16_t ident;
  uint32_t count;                      /* 0: no limit */
  size_t size;
  uint64_t interval;
  uint64_t linger;                     /* For the last answer; 0: usual */
  uint64_t deadline;                   /* How long at all; 0: no limit */
  uint64_t start;
  uint64_t sent_at;                    /* The last one */
  uint32_t nsent;
  uint32_t nreceived;
  uint32_t nduplicate;
  uint32_t nerror;
  double min;                          /* Milliseconds */
  double max;
  double sum;
  double square;
  uint8_t seen[65536 / 8];             /* Answers, by number */
  uint8_t packet[PING_HEADER + PING_MAX + 1];
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: ping [-fq] [-c COUNT] [-i SEC] [-s SIZE] [-t TTL] [-w SEC]\n"
  "            [-W SEC] [-I ADDR] [-M do|want|dont] HOST\n"
  "\n"
  "Asks HOST for echoes (ICMP).\n"
  "\n"
  "  -c COUNT  end after so many\n"
  "  -f        as fast as answers come, at least 100 a second; a dot for\n"
  "            each question, taken back by its answer\n"
  "  -i SEC    one each so many seconds (1)\n"
  "  -I ADDR   our address\n"
  "  -M WHAT   do: never fragment, want: obey the path's MTU, dont: do not\n"
  "  -q        only the summary\n"
  "  -s SIZE   bytes of data (56)\n"
  "  -t TTL    how many hops\n"
  "  -w SEC    end after so long\n"
  "  -W SEC    wait so long for the last answer\n"
  "  --help    this text\n"
  "\n"
  "Exit status: 0 there was an answer, 1 there was none, 2 wrong "
  "arguments.\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: checksum
 *
 * Description:
 *   The checksum of a packet (RFC 1071), in network order.
 *
 ****************************************************************************/

static uint16_t checksum(FAR const uint8_t *data, size_t len)
{
  uint32_t sum = 0;
  uint16_t word;

  for (; len > 1; len -= 2, data += 2)
    {
      memcpy(&word, data, sizeof(word));
      sum += word;
    }

  if (len > 0)
    {
      word = 0;
      memcpy(&word, data, 1);
      sum += word;
    }

  while (sum >> 16 != 0)
    {
      sum = (sum & 0xffff) + (sum >> 16);
    }

  return (uint16_t)~sum;
}

/****************************************************************************
 * Name: put16
 *
 * Description:
 *   Store a number in network order.
 *
 ****************************************************************************/

static void put16(FAR uint8_t *data, unsigned int value)
{
  data[0] = (uint8_t)(value >> 8);
  data[1] = (uint8_t)value;
}

/****************************************************************************
 * Name: get16
 *
 * Description:
 *   Load a number in network order.
 *
 ****************************************************************************/

static unsigned int get16(FAR const uint8_t *data)
{
  return (unsigned int)data[0] << 8 | data[1];
}

/****************************************************************************
 * Name: seen
 *
 * Description:
 *   Whether the answer with this number has come; it has now.
 *
 ****************************************************************************/

static bool seen(FAR struct ping_s *ping, unsigned int number)
{
  uint8_t bit = (uint8_t)(1 << (number & 7));
  bool was = (ping->seen[number / 8] & bit) != 0;

  ping->seen[number / 8] |= bit;
  return was;
}

/****************************************************************************
 * Name: print_error
 *
 * Description:
 *   Tell what an ICMP error, or our own kernel, says about a packet.
 *
 ****************************************************************************/

static void print_error(FAR struct ping_s *ping,
                        FAR const struct sock_extended_err *err,
                        FAR const struct sockaddr_storage *from,
                        unsigned int number)
{
  static FAR const char *const unreach[] =
  {
    "Destination Net Unreachable", "Destination Host Unreachable",
    "Destination Protocol Unreachable", "Destination Port Unreachable",
    "Frag needed and DF set", "Source Route Failed",
    "Destination Net Unknown", "Destination Host Unknown"
  };

  char text[NETLIB_ADDRLEN];

  ping->nerror++;
  if (ping->quiet)
    {
      return;
    }

  if (ping->flood)
    {
      fputs("\bE", stdout);
      return;
    }

  if (err->ee_origin == SO_EE_ORIGIN_LOCAL)
    {
      if (err->ee_errno == EMSGSIZE)
        {
          fprintf(stderr, "ping: local error: message too long, mtu=%u\n",
                  err->ee_info);
        }
      else
        {
          fprintf(stderr, "ping: local error: %s\n",
                  strerror((int)err->ee_errno));
        }

      return;
    }

  printf("From %s icmp_seq=%u ", netlib_hosttext(from, text), number);
  if (err->ee_type == ICMP_DEST_UNREACH && err->ee_code == ICMP_FRAG_NEEDED)
    {
      printf("Frag needed and DF set (mtu = %u)\n", err->ee_info);
    }
  else if (err->ee_type == ICMP_DEST_UNREACH)
    {
      puts(err->ee_code < sizeof(unreach) / sizeof(unreach[0]) ?
           unreach[err->ee_code] : "Destination Unreachable, Bad Code");
    }
  else if (err->ee_type == ICMP_TIME_EXCEEDED)
    {
      puts(err->ee_code == ICMP_EXC_TTL ? "Time to live exceeded" :
           "Frag reassembly time exceeded");
    }
  else
    {
      printf("ICMP type %u code %u\n", err->ee_type, err->ee_code);
    }

  fflush(stdout);
}

/****************************************************************************
 * Name: take_error
 *
 * Description:
 *   Take one error from the queue.  false: there is none.
 *
 ****************************************************************************/

static bool take_error(FAR struct ping_s *ping)
{
  FAR const struct sock_extended_err *err;
  FAR struct cmsghdr *cmsg;
  struct sockaddr_storage from;
  struct msghdr msg;
  struct iovec iov;
  uint8_t header[PING_HEADER];
  union
    {
      struct cmsghdr align;
      uint8_t data[512];
    }

  control;
  ssize_t got;

  memset(&msg, 0, sizeof(msg));
  memset(&from, 0, sizeof(from));
  from.ss_family = AF_INET;
  iov.iov_base = header;
  iov.iov_len = sizeof(header);
  msg.msg_iov = &iov;
  msg.msg_iovlen = 1;
  msg.msg_control = control.data;
  msg.msg_controllen = sizeof(control.data);
  got = recvmsg(ping->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (got < 0)
    {
      return false;
    }

  for (cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
       cmsg = CMSG_NXTHDR(&msg, cmsg))
    {
      if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_RECVERR)
        {
          err = (FAR const struct sock_extended_err *)CMSG_DATA(cmsg);
          if (err->ee_origin == SO_EE_ORIGIN_ICMP)
            {
              if (got < PING_HEADER || header[0] != ICMP_ECHO ||
                  (ping->raw && get16(header + 4) != ping->ident))
                {
                  continue;
                }

              memcpy(&from, SO_EE_OFFENDER(err),
                     sizeof(struct sockaddr_in));
            }

          print_error(ping, err, &from, get16(header + 6));
        }
    }

  return true;
}

/****************************************************************************
 * Name: send_one
 *
 * Description:
 *   Send the next question.
 *
 ****************************************************************************/

static void send_one(FAR struct ping_s *ping)
{
  FAR uint8_t *packet = ping->packet;
  size_t len = PING_HEADER + ping->size;
  unsigned int number = (ping->nsent + 1) & 0xffff;
  uint64_t now = netlib_now();
  uint16_t sum;
  size_t i;

  memset(packet, 0, PING_HEADER);
  packet[0] = ICMP_ECHO;
  put16(packet + 4, ping->ident);
  put16(packet + 6, number);
  for (i = 0; i < ping->size; i++)
    {
      packet[PING_HEADER + i] = (uint8_t)i;
    }

  if (ping->size >= PING_STAMP)
    {
      memcpy(packet + PING_HEADER, &now, sizeof(now));
    }

  sum = checksum(packet, len);
  memcpy(packet + 2, &sum, sizeof(sum));

  ping->nsent++;
  ping->sent_at = now;
  ping->seen[number / 8] &= (uint8_t)~(1 << (number & 7));
  if (sendto(ping->fd, packet, len, 0,
             (FAR const struct sockaddr *)&ping->peer.addr,
             ping->peer.len) < 0)
    {
      i = (size_t)errno;
      if (!take_error(ping))
        {
          ping->nerror++;
          fprintf(stderr, "ping: cannot send: %s\n", strerror((int)i));
        }
    }
  else if (ping->flood && !ping->quiet)
    {
      fputc('.', stdout);
      fflush(stdout);
    }
}

/****************************************************************************
 * Name: check_data
 *
 * Description:
 *   Tell of the first byte of an answer that is wrong.
 *
 ****************************************************************************/

static void check_data(FAR const struct ping_s *ping,
                       FAR const uint8_t *data, size_t len)
{
  size_t i = ping->size >= PING_STAMP ? PING_STAMP : 0;

  for (; i < len && i < ping->size; i++)
    {
      if (data[i] != (uint8_t)i)
        {
          printf("wrong data byte #%zu should be 0x%x but was 0x%x\n", i,
                 (unsigned int)(uint8_t)i, data[i]);
          break;
        }
    }
}

/****************************************************************************
 * Name: answer
 *
 * Description:
 *   An answer to us came: count it, print it.
 *
 ****************************************************************************/

static void answer(FAR struct ping_s *ping, FAR const uint8_t *packet,
                   size_t len, int ttl,
                   FAR const struct sockaddr_storage *from)
{
  unsigned int number = get16(packet + 6);
  bool again = seen(ping, number);
  char text[NETLIB_ADDRLEN];
  uint64_t stamp;
  double ms = -1;

  ping->nreceived += !again;
  ping->nduplicate += again;
  if (ping->size >= PING_STAMP && len >= PING_HEADER + PING_STAMP)
    {
      memcpy(&stamp, packet + PING_HEADER, sizeof(stamp));
      ms = (double)(int64_t)(netlib_now() - stamp) / 1e6;
      ms = ms < 0 ? 0 : ms;
      if (!again)
        {
          ping->min = ping->nreceived == 1 || ms < ping->min ? ms :
                      ping->min;
          ping->max = ms > ping->max ? ms : ping->max;
          ping->sum += ms;
          ping->square += ms * ms;
        }
    }

  if (ping->quiet)
    {
      return;
    }

  if (ping->flood)
    {
      fputs("\b \b", stdout);
      return;
    }

  printf("%zu bytes from %s: icmp_seq=%u", len, netlib_hosttext(from, text),
         number);
  if (ttl >= 0)
    {
      printf(" ttl=%d", ttl);
    }

  if (ms >= 0)
    {
      printf(ms < 10 ? " time=%.3f ms" : ms < 100 ? " time=%.2f ms" :
             ms < 1000 ? " time=%.1f ms" : " time=%.0f ms", ms);
    }

  if (len != PING_HEADER + ping->size)
    {
      printf(" (truncated)");
    }

  printf("%s\n", again ? " (DUP!)" : "");
  check_data(ping, packet + PING_HEADER, len - PING_HEADER);
  fflush(stdout);
}

/****************************************************************************
 * Name: receive
 *
 * Description:
 *   Take one packet.  false: there is none.
 *
 ****************************************************************************/

static bool receive(FAR struct ping_s *ping, FAR uint8_t *buffer,
                    size_t size)
{
  FAR struct cmsghdr *cmsg;
  FAR const uint8_t *packet = buffer;
  struct sockaddr_storage from;
  struct msghdr msg;
  struct iovec iov;
  union
    {
      struct cmsghdr align;
      uint8_t data[256];
    }

  control;
  size_t header;
  ssize_t got;
  int ttl = -1;

  memset(&msg, 0, sizeof(msg));
  iov.iov_base = buffer;
  iov.iov_len = size;
  msg.msg_iov = &iov;
  msg.msg_iovlen = 1;
  msg.msg_name = &from;
  msg.msg_namelen = sizeof(from);
  msg.msg_control = control.data;
  msg.msg_controllen = sizeof(control.data);
  got = recvmsg(ping->fd, &msg, MSG_DONTWAIT);
  if (got < 0)
    {
      return errno == EINTR;
    }

  for (cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
       cmsg = CMSG_NXTHDR(&msg, cmsg))
    {
      if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_TTL)
        {
          memcpy(&ttl, CMSG_DATA(cmsg), sizeof(ttl));
        }
    }

  if (ping->raw)
    {
      /* The IP header is in front */

      header = got > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
      if ((size_t)got < header + PING_HEADER || header < 20)
        {
          return true;
        }

      ttl = packet[8];
      packet += header;
      got -= (ssize_t)header;
    }

  if (got >= PING_HEADER && packet[0] == ICMP_ECHOREPLY &&
      (!ping->raw || get16(packet + 4) == ping->ident))
    {
      answer(ping, packet, (size_t)got, ttl, &from);
    }

  return true;
}

/****************************************************************************
 * Name: wait_until
 *
 * Description:
 *   When to stop waiting now: for the next question, for the last answer, or
 *   altogether.
 *
 ****************************************************************************/

static uint64_t wait_until(FAR const struct ping_s *ping, bool last)
{
  uint64_t until = ping->sent_at + ping->interval;
  uint64_t linger = ping->linger;

  if (last)
    {
      if (linger == 0)
        {
          linger = ping->nreceived > 0 ?
                   (uint64_t)(ping->max * 2e6) + NETLIB_SEC / 5 :
                   10 * NETLIB_SEC;
        }

      until = ping->sent_at + linger;
    }

  if (ping->deadline > 0 && ping->start + ping->deadline < until)
    {
      until = ping->start + ping->deadline;
    }

  return until;
}

/****************************************************************************
 * Name: run
 *
 * Description:
 *   Ask and listen until it is over.
 *
 ****************************************************************************/

static void run(FAR struct ping_s *ping, FAR uint8_t *buffer, size_t size)
{
  struct pollfd pfd;
  uint32_t before;
  uint64_t until;
  bool last;

  pfd.fd = ping->fd;
  pfd.events = POLLIN;
  ping->start = netlib_now();
  send_one(ping);
  while (!ping->wait.interrupted)
    {
      last = ping->count > 0 && ping->nsent >= ping->count;
      if (last && ping->nreceived + ping->nerror >= ping->nsent)
        {
          break;
        }

      until = wait_until(ping, last);
      before = ping->nreceived;
      if (netlib_poll(&ping->wait, &pfd, 1, until) > 0)
        {
          while (receive(ping, buffer, size) || take_error(ping))
            {
              /* The next one */
            }
        }

      if (ping->deadline > 0 &&
          netlib_now() >= ping->start + ping->deadline)
        {
          break;
        }

      if (netlib_now() >= until ||
          (ping->flood && ping->nreceived > before))
        {
          if (last)
            {
              if (netlib_now() >= until)
                {
                  break;
                }
            }
          else if (!ping->wait.interrupted)
            {
              send_one(ping);
            }
        }
    }
}

/****************************************************************************
 * Name: root
 *
 * Description:
 *   The square root, by Newton; no need of libm.
 *
 ****************************************************************************/

static double root(double value)
{
  double guess = value > 1 ? value : 1;
  int i;

  for (i = 0; i < 100; i++)
    {
      guess = (guess + value / guess) / 2;
    }

  return value > 0 ? guess : 0;
}

/****************************************************************************
 * Name: summary
 *
 * Description:
 *   Print the statistics.
 *
 ****************************************************************************/

static void summary(FAR const struct ping_s *ping)
{
  double mean;
  double spread;

  printf("%s--- %s ping statistics ---\n%u packets transmitted, "
         "%u received", "\n", ping->host, ping->nsent, ping->nreceived);
  if (ping->nduplicate > 0)
    {
      printf(", +%u duplicates", ping->nduplicate);
    }

  if (ping->nerror > 0)
    {
      printf(", +%u errors", ping->nerror);
    }

  printf(", %g%% packet loss, time %llums\n",
         ping->nsent == 0 ? 0 : (double)(float)((ping->nsent -
         ping->nreceived) * 100.0 / ping->nsent),
         (unsigned long long)((ping->sent_at - ping->start) / NETLIB_MSEC));
  if (ping->nreceived > 0 && ping->size >= PING_STAMP)
    {
      mean = ping->sum / ping->nreceived;
      spread = ping->square / ping->nreceived - mean * mean;
      printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", ping->min,
             mean, ping->max, root(spread));
    }
}

/****************************************************************************
 * Name: open_socket
 *
 * Description:
 *   Make the socket.  false: it was told why not.
 *
 ****************************************************************************/

static bool open_socket(FAR struct ping_s *ping)
{
  struct sockaddr_storage local;
  socklen_t len = sizeof(local);
  int size = 262144;
  int one = 1;

  ping->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_ICMP);
  if (ping->fd < 0)
    {
      ping->raw = true;
      ping->fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
    }

  if (ping->fd < 0 || setsockopt(ping->fd, IPPROTO_IP, IP_RECVERR, &one,
                                 sizeof(one)) < 0 ||
      setsockopt(ping->fd, IPPROTO_IP, IP_RECVTTL, &one,
                 sizeof(one)) < 0 ||
      setsockopt(ping->fd, SOL_SOCKET, SO_RCVBUF, &size,
                 sizeof(size)) < 0 ||
      setsockopt(ping->fd, SOL_SOCKET, SO_BROADCAST, &one,
                 sizeof(one)) < 0 ||
      (ping->ttl >= 0 && setsockopt(ping->fd, IPPROTO_IP, IP_TTL,
                                    &ping->ttl, sizeof(ping->ttl)) < 0) ||
      (ping->ttl >= 0 && setsockopt(ping->fd, IPPROTO_IP, IP_MULTICAST_TTL,
                                    &ping->ttl, sizeof(ping->ttl)) < 0) ||
      (ping->discover >= 0 &&
       setsockopt(ping->fd, IPPROTO_IP, IP_MTU_DISCOVER, &ping->discover,
                  sizeof(ping->discover)) < 0))
    {
      netlib_fail("ping", "socket: %s", strerror(errno));
      return false;
    }

  if (ping->has_local &&
      bind(ping->fd, (FAR const struct sockaddr *)&ping->local.addr,
           ping->local.len) < 0)
    {
      netlib_fail("ping", "-I: %s", strerror(errno));
      return false;
    }

  ping->ident = (uint16_t)(getpid() ^ netlib_now() / NETLIB_MSEC);
  if (!ping->raw && ping->has_local &&
      getsockname(ping->fd, (FAR struct sockaddr *)&local, &len) == 0)
    {
      ping->ident = netlib_port(&local);
    }

  return true;
}

/****************************************************************************
 * Name: option
 *
 * Description:
 *   One option.  false: it does not exist.
 *
 ****************************************************************************/

static bool option(FAR struct ping_s *ping, int opt)
{
  FAR const char *why;

  switch (opt)
    {
    case 'c':
      ping->count = (uint32_t)netlib_optnumber("ping", optarg, 1,
                                               UINT32_MAX);
      break;

    case 'f':
      ping->flood = true;
      break;

    case 'i':
      ping->interval = netlib_optseconds("ping", optarg);
      break;

    case 'I':
      why = netlib_resolve(optarg, NULL, SOCK_DGRAM, &ping->local);
      if (why != NULL)
        {
          exit(netlib_misuse("ping", "-I %s: %s", optarg, why));
        }

      ping->has_local = true;
      break;

    case 'M':
      ping->discover = strcmp(optarg, "do") == 0 ? IP_PMTUDISC_DO :
                       strcmp(optarg, "want") == 0 ? IP_PMTUDISC_WANT :
                       strcmp(optarg, "dont") == 0 ? IP_PMTUDISC_DONT : -1;
      if (ping->discover < 0)
        {
          exit(netlib_misuse("ping", "-M %s: do, want or dont", optarg));
        }

      break;

    case 'q':
      ping->quiet = true;
      break;

    case 's':
      ping->size = (size_t)netlib_optnumber("ping", optarg, 0, PING_MAX);
      break;

    case 't':
      ping->ttl = (int)netlib_optnumber("ping", optarg, 1, 255);
      break;

    case 'w':
      ping->deadline = netlib_optseconds("ping", optarg);
      break;

    case 'W':
      ping->linger = netlib_optseconds("ping", optarg);
      break;

    default:
      return false;
    }

  return true;
}

/****************************************************************************
 * Name: start
 *
 * Description:
 *   Read the command line.  The status of the program, or -1 if it may go
 *   on.
 *
 ****************************************************************************/

static int start(FAR struct ping_s *ping, int argc, FAR char *argv[])
{
  FAR const char *why;
  int opt;

  while ((opt = getopt(argc, argv, "c:fi:I:M:qs:t:w:W:")) != -1)
    {
      if (!option(ping, opt))
        {
          return NETLIB_USAGE;
        }
    }

  if (argc - optind != 1)
    {
      return netlib_misuse("ping", argc > optind ? "too many arguments" :
                           "which host?");
    }

  ping->host = argv[optind];
  if (ping->flood)
    {
      ping->interval = PING_FLOOD;
    }

  why = netlib_resolve(ping->host, NULL, SOCK_DGRAM, &ping->peer);
  if (why == NULL && ping->peer.addr.ss_family != AF_INET)
    {
      why = "not an IPv4 address";
    }

  if (why != NULL)
    {
      netlib_fail("ping", "%s: %s", ping->host, why);
      return NETLIB_USAGE;
    }

  return -1;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Ask a host for echoes.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR struct ping_s *ping;
  FAR uint8_t *buffer;
  char text[NETLIB_ADDRLEN];
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  ping = calloc(1, sizeof(*ping));
  buffer = malloc(65536);
  if (ping == NULL || buffer == NULL)
    {
      free(ping);
      free(buffer);
      return netlib_fail("ping", "out of memory");
    }

  ping->fd = -1;
  ping->ttl = -1;
  ping->discover = -1;
  ping->size = 56;
  ping->interval = NETLIB_SEC;
  status = start(ping, argc, argv);
  if (status < 0)
    {
      netlib_signals(&ping->wait);
      status = NETLIB_USAGE;
      if (open_socket(ping))
        {
          printf("PING %s (%s) %zu(%zu) bytes of data.\n", ping->host,
                 netlib_hosttext(&ping->peer.addr, text), ping->size,
                 ping->size + PING_HEADER + 20);
          fflush(stdout);
          run(ping, buffer, 65536);
          summary(ping);
          status = ping->nreceived > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
          status = netlib_finish("ping", status);
        }
    }

  if (ping->fd >= 0)
    {
      close(ping->fd);
    }

  free(ping);
  free(buffer);
  return status;
}
