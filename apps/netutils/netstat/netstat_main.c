/****************************************************************************
 * apps/netutils/netstat/netstat_main.c
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

/* netstat: what the kernel says about sockets, interfaces, routes and
 * counters.
 *
 * Sockets come from /proc/net/tcp, udp and raw, which are those of Linux.
 * What listens, with the task that it belongs to and the two queues of a
 * listener, comes from /proc/net/sockets where that is, a table whose first
 * line names the columns:
 *
 *   Syn-Q    connections that the peer has asked for and not yet confirmed
 *   Acc-Q    connections that wait for accept()
 *   Backlog  how many may
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NETSTAT_TCP     (1 << 0)
#define NETSTAT_UDP     (1 << 1)
#define NETSTAT_RAW     (1 << 2)

#define NETSTAT_LISTEN  10             /* The state, as a number */

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct netstat_s
{
  unsigned int protos;                 /* 0: all */
  bool all;                            /* Also what listens */
  bool listen;                         /* Only what listens */
  bool owner;
  bool interfaces;
  bool routes;
  bool statistics;
};

struct proto_s
{
  unsigned int bit;
  FAR const char *name;
  FAR const char *path;
};

/* The columns of /proc/net/sockets */

enum column_e
{
  COL_PROTO = 0,
  COL_LOCAL,
  COL_REMOTE,
  COL_STATE,
  COL_TASK,
  COL_RECVQ,
  COL_SENDQ,
  COL_SYNQ,
  COL_ACCQ,
  COL_BACKLOG,
  COL_COUNT
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: netstat [-alnptuw]   sockets\n"
  "       netstat -i [-a]      interfaces\n"
  "       netstat -r           routes\n"
  "       netstat -s [-a]      counters\n"
  "\n"
  "  -a  also what listens, or is down, or is zero\n"
  "  -l  only what listens, with the owner and the queues\n"
  "  -n  numbers (there are no names)\n"
  "  -p  with the owner\n"
  "  -t, -u, -w  only TCP, UDP, raw sockets\n"
  "  --help      this text\n";

static const struct proto_s g_protos[] =
{
  { NETSTAT_TCP, "tcp", "/proc/net/tcp" },
  { NETSTAT_UDP, "udp", "/proc/net/udp" },
  { NETSTAT_RAW, "raw", "/proc/net/raw" },
  { 0, NULL, NULL }
};

static FAR const char *const g_states[] =
{
  "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
  "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
  "SYN_RECV"
};

static FAR const char *const g_columns[COL_COUNT] =
{
  "Proto", "Local", "Remote", "State", "Task", "Recv-Q", "Send-Q", "Syn-Q",
  "Acc-Q", "Backlog"
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: wanted
 *
 * Description:
 *   Whether a protocol is to be shown.
 *
 ****************************************************************************/

static bool wanted(FAR const struct netstat_s *what, FAR const char *name)
{
  FAR const struct proto_s *proto;

  for (proto = g_protos; proto->name != NULL; proto++)
    {
      if (strncmp(proto->name, name, 3) == 0)
        {
          return what->protos == 0 || (what->protos & proto->bit) != 0;
        }
    }

  return what->protos == 0;
}

/****************************************************************************
 * Name: endpoint
 *
 * Description:
 *   An address and port in the form of /proc/net/tcp, as text.
 *
 ****************************************************************************/

static FAR const char *endpoint(FAR const char *hex, FAR char *text,
                                size_t size)
{
  struct in_addr addr;
  char host[INET_ADDRSTRLEN];
  unsigned int port = 0;
  FAR char *end;

  addr.s_addr = (in_addr_t)strtoul(hex, &end, 16);
  if (*end == ':')
    {
      port = (unsigned int)strtoul(end + 1, NULL, 16) & 0xffff;
    }

  inet_ntop(AF_INET, &addr, host, sizeof(host));
  if (port == 0)
    {
      snprintf(text, size, "%s:*", host);
    }
  else
    {
      snprintf(text, size, "%s:%u", host, port);
    }

  return text;
}

/****************************************************************************
 * Name: show_socket
 *
 * Description:
 *   One line of /proc/net/tcp, udp or raw.
 *
 ****************************************************************************/

static void show_socket(FAR const struct netstat_s *what,
                        FAR const struct proto_s *proto, FAR char **words)
{
  unsigned long state = strtoul(words[3], NULL, 16);
  unsigned long send;
  unsigned long receive;
  char local[32];
  char remote[32];
  FAR char *colon;
  bool listens;

  if (state >= sizeof(g_states) / sizeof(g_states[0]))
    {
      state = 0;
    }

  listens = proto->bit == NETSTAT_TCP ? state == NETSTAT_LISTEN :
            strncmp(words[2], "00000000:0000", 13) == 0;
  if (listens ? !what->all && !what->listen : what->listen)
    {
      return;
    }

  send = strtoul(words[4], &colon, 16);
  receive = *colon == ':' ? strtoul(colon + 1, NULL, 16) : 0;
  if (proto->bit != NETSTAT_TCP)
    {
      state = state == 1 ? 1 : 0;
    }

  printf("%-5s %6lu %6lu %-23s %-23s %s\n", proto->name, receive, send,
         endpoint(words[1], local, sizeof(local)),
         endpoint(words[2], remote, sizeof(remote)), g_states[state]);
}

/****************************************************************************
 * Name: show_linux
 *
 * Description:
 *   The sockets of Linux' files.
 *
 ****************************************************************************/

static int show_linux(FAR const struct netstat_s *what)
{
  FAR const struct proto_s *proto;
  struct netlib_table_s table;
  size_t i;
  int ret;

  printf("Active Internet connections (%s)\n"
         "Proto Recv-Q Send-Q Local Address           "
         "Foreign Address         State\n",
         what->listen ? "only servers" : what->all ?
         "servers and established" : "w/o servers");
  for (proto = g_protos; proto->name != NULL; proto++)
    {
      if (!wanted(what, proto->name))
        {
          continue;
        }

      ret = netlib_readtable(proto->path, &table);
      if (ret < 0)
        {
          if (ret == -ENOENT && what->protos == 0)
            {
              continue;
            }

          return netlib_fail("netstat", "%s: %s", proto->path,
                             strerror(-ret));
        }

      for (i = 1; i < table.count; i++)
        {
          if (table.rows[i].count > 4)
            {
              show_socket(what, proto, table.rows[i].words);
            }
        }

      netlib_freetable(&table);
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: is_listener
 *
 * Description:
 *   Whether a line of /proc/net/sockets is of somebody who waits to be
 *   spoken to.
 *
 ****************************************************************************/

static bool is_listener(FAR char **col)
{
  FAR const char *remote = col[COL_REMOTE];
  size_t len = strlen(remote);

  return strcmp(col[COL_STATE], "LISTEN") == 0 ||
         (strncmp(col[COL_PROTO], "tcp", 3) != 0 &&
          (strcmp(remote, "-") == 0 ||
           (len > 1 && strcmp(remote + len - 2, ":*") == 0)));
}

/****************************************************************************
 * Name: show_owned
 *
 * Description:
 *   The sockets of /proc/net/sockets, with owners and queues.
 *
 ****************************************************************************/

static int show_owned(FAR const struct netstat_s *what,
                      FAR const struct netlib_table_s *table)
{
  FAR const struct netlib_row_s *row;
  FAR char *col[COL_COUNT];
  int index[COL_COUNT];
  size_t i;
  int c;

  for (c = 0; c < COL_COUNT; c++)
    {
      index[c] = netlib_column(table, g_columns[c]);
    }

  puts("Proto Recv-Q Send-Q  Syn-Q  Acc-Q Backlog Local Address           "
       "Foreign Address         State       Owner");
  for (i = 1; i < table->count; i++)
    {
      row = &table->rows[i];
      for (c = 0; c < COL_COUNT; c++)
        {
          col[c] = index[c] >= 0 && (size_t)index[c] < row->count ?
                   row->words[index[c]] : "-";
        }

      if (!wanted(what, col[COL_PROTO]) ||
          (is_listener(col) ? !what->all && !what->listen : what->listen))
        {
          continue;
        }

      printf("%-5s %6s %6s %6s %6s %7s %-23s %-23s %-11s %s\n",
             col[COL_PROTO], col[COL_RECVQ], col[COL_SENDQ], col[COL_SYNQ],
             col[COL_ACCQ], col[COL_BACKLOG], col[COL_LOCAL],
             col[COL_REMOTE], col[COL_STATE], col[COL_TASK]);
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: show_sockets
 *
 * Description:
 *   The sockets, in the form that is asked for and possible.
 *
 ****************************************************************************/

static int show_sockets(FAR const struct netstat_s *what)
{
  struct netlib_table_s table;
  int status;

  if ((what->listen || what->owner) &&
      netlib_readtable("/proc/net/sockets", &table) == 0)
    {
      status = show_owned(what, &table);
      netlib_freetable(&table);
      return status;
    }

  return show_linux(what);
}

/****************************************************************************
 * Name: flag_letters
 *
 * Description:
 *   The letters of netstat(8) for the flags of an interface.
 *
 ****************************************************************************/

static void flag_letters(unsigned int flags, FAR char *text)
{
  static const struct
  {
    unsigned int flag;
    char letter;
  }

  letters[] =
  {
    { IFF_BROADCAST, 'B' }, { IFF_LOOPBACK, 'L' }, { IFF_MULTICAST, 'M' },
    { IFF_NOARP, 'O' }, { IFF_PROMISC, 'P' }, { IFF_RUNNING, 'R' },
    { IFF_UP, 'U' }
  };

  size_t i;

  for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
    {
      if (flags & letters[i].flag)
        {
          *text++ = letters[i].letter;
        }
    }

  *text = '\0';
}

/****************************************************************************
 * Name: show_interfaces
 *
 * Description:
 *   A table of the interfaces.
 *
 ****************************************************************************/

static int show_interfaces(bool all)
{
  struct netlib_table_s table;
  FAR char **words;
  struct ifreq ifr;
  unsigned int flags;
  char letters[16];
  size_t i;
  int ret;
  int fd;

  ret = netlib_readdev(&table);
  if (ret < 0)
    {
      return netlib_fail("netstat", "/proc/net/dev: %s", strerror(-ret));
    }

  fd = netlib_ifsocket("netstat");
  if (fd < 0)
    {
      netlib_freetable(&table);
      return EXIT_FAILURE;
    }

  puts("Kernel Interface table\n"
       "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR "
       "TX-DRP TX-OVR Flg");
  for (i = 2; i < table.count; i++)
    {
      words = table.rows[i].words;
      memset(&ifr, 0, sizeof(ifr));
      if (table.rows[i].count == 0 ||
          netlib_ifcall(fd, SIOCGIFFLAGS, words[0], &ifr) < 0)
        {
          continue;
        }

      flags = (unsigned short)ifr.ifr_flags;
      if ((flags & IFF_UP) == 0 && !all)
        {
          continue;
        }

      flag_letters(flags, letters);
      memset(&ifr, 0, sizeof(ifr));
      netlib_ifcall(fd, SIOCGIFMTU, words[0], &ifr);
      printf("%-15s %5d %8s %6s %6s %-6s %8s %6s %6s %6s %s\n", words[0],
             ifr.ifr_mtu, words[2], words[3], words[4], words[5], words[10],
             words[11], words[12], words[13], letters);
    }

  close(fd);
  netlib_freetable(&table);
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: title
 *
 * Description:
 *   The name of a protocol as a heading.
 *
 ****************************************************************************/

static void title(FAR const char *name, size_t len)
{
  printf("%c%.*s:\n", toupper((unsigned char)*name),
         len > 0 ? (int)len - 1 : 0, name + 1);
}

/****************************************************************************
 * Name: show_stats
 *
 * Description:
 *   The counters of /proc/net/stats: a name with its protocol, a value, and
 *   what it counts.
 *
 ****************************************************************************/

static void show_stats(FAR char *text, bool all)
{
  FAR char *line;
  FAR char *next;
  FAR char *value;
  FAR char *meaning;
  size_t proto;
  size_t last = 0;
  char lastname[32] = "";

  for (line = text; *line != '\0'; line = next)
    {
      next = line + strcspn(line, "\n");
      if (*next != '\0')
        {
          *next++ = '\0';
        }

      value = strchr(line, ' ');
      proto = strcspn(line, ". ");
      if (value == NULL || proto >= sizeof(lastname))
        {
          continue;
        }

      *value++ = '\0';
      meaning = value + strcspn(value, " ");
      if (*meaning != '\0')
        {
          *meaning++ = '\0';
        }

      if (strcmp(value, "0") == 0 && !all)
        {
          continue;
        }

      if (proto != last || strncmp(line, lastname, proto) != 0)
        {
          title(line, proto);
          memcpy(lastname, line, proto);
          last = proto;
        }

      printf("    %s %s (%s)\n", value, meaning,
             line[proto] == '.' ? line + proto + 1 : line);
    }
}

/****************************************************************************
 * Name: show_pairs
 *
 * Description:
 *   The counters of a file that has a line of names and a line of values for
 *   each protocol.
 *
 ****************************************************************************/

static int show_pairs(FAR const char *path, bool all)
{
  FAR const struct netlib_row_s *names;
  FAR const struct netlib_row_s *values;
  struct netlib_table_s table;
  bool titled;
  size_t i;
  size_t j;
  int ret;

  ret = netlib_readtable(path, &table);
  if (ret < 0)
    {
      return netlib_fail("netstat", "%s: %s", path, strerror(-ret));
    }

  for (i = 0; i + 1 < table.count; i += 2)
    {
      names = &table.rows[i];
      values = &table.rows[i + 1];
      titled = false;
      for (j = 1; j < names->count && j < values->count; j++)
        {
          if (strcmp(values->words[j], "0") != 0 || all)
            {
              if (!titled)
                {
                  puts(names->words[0]);
                  titled = true;
                }

              printf("    %s: %s\n", names->words[j], values->words[j]);
            }
        }
    }

  netlib_freetable(&table);
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: show_statistics
 *
 * Description:
 *   The counters.
 *
 ****************************************************************************/

static int show_statistics(bool all)
{
  FAR char *text = netlib_readfile("/proc/net/stats");
  int status;

  if (text != NULL)
    {
      show_stats(text, all);
      free(text);
      return EXIT_SUCCESS;
    }

  status = show_pairs("/proc/net/snmp", all);
  return status == EXIT_SUCCESS ? show_pairs("/proc/net/netstat", all) :
                                  status;
}

/****************************************************************************
 * Name: options
 *
 * Description:
 *   Read the command line.
 *
 ****************************************************************************/

static bool options(FAR struct netstat_s *what, int argc, FAR char *argv[])
{
  int opt;

  while ((opt = getopt(argc, argv, "ailnprstuw")) != -1)
    {
      switch (opt)
        {
        case 'a':
          what->all = true;
          break;

        case 'i':
          what->interfaces = true;
          break;

        case 'l':
          what->listen = true;
          break;

        case 'n':
          break;

        case 'p':
          what->owner = true;
          break;

        case 'r':
          what->routes = true;
          break;

        case 's':
          what->statistics = true;
          break;

        case 't':
          what->protos |= NETSTAT_TCP;
          break;

        case 'u':
          what->protos |= NETSTAT_UDP;
          break;

        case 'w':
          what->protos |= NETSTAT_RAW;
          break;

        default:
          return false;
        }
    }

  return true;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show what the kernel says about the network.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  struct netstat_s what;
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  memset(&what, 0, sizeof(what));
  if (!options(&what, argc, argv))
    {
      return NETLIB_USAGE;
    }

  if (optind < argc)
    {
      return netlib_misuse("netstat", "%s: too many arguments",
                           argv[optind]);
    }

  if (what.interfaces + what.routes + what.statistics > 1)
    {
      return netlib_misuse("netstat", "only one of -i, -r and -s");
    }

  status = what.interfaces ? show_interfaces(what.all) :
           what.routes ? netlib_showroutes("netstat", false) :
           what.statistics ? show_statistics(what.all) :
           show_sockets(&what);
  return status == EXIT_SUCCESS ? netlib_finish("netstat", status) : status;
}
