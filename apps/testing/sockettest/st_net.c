/****************************************************************************
 * apps/testing/sockettest/st_net.c
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

/* How a test commands the network between the two hosts.
 *
 * In the kernel a device can have layers that lose, delay and keep frames
 * ("--wrap fault", "--wrap hold"), and the shell has a command for each.  So
 * this is system() and nothing else.  Where there is no such command, or the
 * device on the way to the peer has no such layer, tests are skipped with
 * that as the reason.
 *
 * A layer is changed by tests and then set to do nothing.  If the network is
 * to be bad all the time the device needs another layer of the same kind,
 * further in: the commands mean the outermost one.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define OUTPUT_SIZE  8192              /* Less than a pipe holds */
#define COMMAND_SIZE 512

#define FAULT_RESET \
  "dir=both loss=0 burst-start=0 burst-end=25% nth=0 tcp=no after=0 " \
  "times=always dup=0 corrupt=0 reorder=0 gap=1 delay=0 jitter=0 rate=0 " \
  "limit=1000 mtu=0"
#define HOLD_RESET  "time=1us count=0 release=all"

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct st_net_s
{
  bool fault;                          /* Set by the test that runs */
  bool hold;
  char why[256];
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static struct st_net_s g_net;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: run
 *
 * Description:
 *   Run a command of the shell.  Its exit status, or -1 if it did not end by
 *   itself; what it prints goes to "output", of OUTPUT_SIZE, unless that is
 *   NULL.  Ctrl-C ends the command, and was meant for us.
 *
 ****************************************************************************/

static int run(FAR const char *command, FAR char *output)
{
  size_t len = 0;
  ssize_t n;
  int saved;
  int status;
  int fds[2];

  if (output == NULL)
    {
      status = system(command);
    }
  else
    {
      if (pipe(fds) < 0)
        {
          return -1;
        }

      fflush(stdout);
      saved = dup(STDOUT_FILENO);
      if (saved < 0 || dup2(fds[1], STDOUT_FILENO) < 0)
        {
          close(fds[0]);
          close(fds[1]);
          close(saved);
          return -1;
        }

      close(fds[1]);
      status = system(command);
      dup2(saved, STDOUT_FILENO);
      close(saved);
      while (len < OUTPUT_SIZE - 1 &&
             (n = read(fds[0], output + len, OUTPUT_SIZE - 1 - len)) > 0)
        {
          len += (size_t)n;
        }

      output[len] = '\0';
      close(fds[0]);
    }

  if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
    {
      raise(SIGINT);
    }

  return status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/****************************************************************************
 * Name: local_address
 *
 * Description:
 *   The address from which packets to the peer go.  0, or an errno.
 *
 ****************************************************************************/

static int local_address(FAR struct in_addr *addr)
{
  struct sockaddr_in to = st_peer(ST_PORT);
  socklen_t len = sizeof(to);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int err = 0;

  addr->s_addr = 0;
  if (fd < 0)
    {
      return errno;
    }

  if (connect(fd, (FAR struct sockaddr *)&to, sizeof(to)) < 0 ||
      getsockname(fd, (FAR struct sockaddr *)&to, &len) < 0)
    {
      err = errno;
    }

  close(fd);
  *addr = to.sin_addr;
  return err;
}

/****************************************************************************
 * Name: interface
 *
 * Description:
 *   The name of the interface to the peer; false if there is none.
 *
 ****************************************************************************/

static bool interface(char name[IF_NAMESIZE])
{
  FAR struct ifaddrs *list;
  FAR struct ifaddrs *entry;
  struct in_addr addr = { 0 };
  bool found = false;

  if (local_address(&addr) != 0 || getifaddrs(&list) < 0)
    {
      return false;
    }

  for (entry = list; entry != NULL && !found; entry = entry->ifa_next)
    {
      FAR struct sockaddr_in *sin = (FAR void *)entry->ifa_addr;

      if (sin != NULL && sin->sin_family == AF_INET &&
          sin->sin_addr.s_addr == addr.s_addr)
        {
          snprintf(name, IF_NAMESIZE, "%s", entry->ifa_name);
          found = true;
        }
    }

  freeifaddrs(list);
  return found;
}

/****************************************************************************
 * Name: missing
 *
 * Description:
 *   Why a layer cannot be commanded; NULL if it can.
 *
 ****************************************************************************/

static FAR const char *missing(FAR const char *layer)
{
  char command[COMMAND_SIZE];
  char output[OUTPUT_SIZE];
  char ifname[IF_NAMESIZE];
  int status;

  if (system(NULL) == 0)
    {
      return "there is no shell to command the network with";
    }

  if (!interface(ifname))
    {
      return "no interface has the address from which the peer is reached";
    }

  snprintf(command, sizeof(command), "%s %s 2>/dev/null", layer, ifname);
  status = run(command, output);
  if (status == 0)
    {
      return NULL;
    }

  if (status == 127)
    {
      snprintf(g_net.why, sizeof(g_net.why), "this system has no command "
               "'%s': its network cannot be made worse", layer);
    }
  else
    {
      snprintf(g_net.why, sizeof(g_net.why), "%s has no layer %s (give the "
               "kernel --wrap %s)", ifname, layer, layer);
    }

  return g_net.why;
}

/****************************************************************************
 * Name: tell
 *
 * Description:
 *   Command a layer; 0, or the status of the command.
 *
 ****************************************************************************/

static int tell(FAR const char *layer, FAR const char *words)
{
  char command[COMMAND_SIZE];
  char ifname[IF_NAMESIZE];

  if (!interface(ifname))
    {
      return -1;
    }

  snprintf(command, sizeof(command), "%s %s %s", layer, ifname, words);
  return run(command, NULL);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_net_missing
 *
 * Description:
 *   Why a test that needs this cannot be; NULL if it can.
 *
 ****************************************************************************/

FAR const char *st_net_missing(unsigned int needs)
{
  FAR const char *why = NULL;

  if ((needs & ST_NEEDS_NET) != 0)
    {
      why = missing("fault");
    }

  if (why == NULL && (needs & ST_NEEDS_HOLD) != 0)
    {
      why = missing("hold");
    }

  return why;
}

/****************************************************************************
 * Name: st_net
 *
 * Description:
 *   Say what the network does wrong from now on.  What was said before is
 *   void.
 *
 ****************************************************************************/

void st_net(FAR const char *format, ...)
{
  char words[COMMAND_SIZE / 2];
  va_list ap;

  va_start(ap, format);
  vsnprintf(words, sizeof(words), format, ap);
  va_end(ap);
  g_net.fault = true;
  ST_ASSERT(tell("fault", FAULT_RESET) == 0, "fault %s: failed",
            FAULT_RESET);
  ST_ASSERT(words[0] == '\0' || tell("fault", words) == 0,
            "fault %s: failed", words);
}

/****************************************************************************
 * Name: st_hold
 *
 * Description:
 *   Say which frames the device keeps from now on.
 *
 ****************************************************************************/

void st_hold(FAR const char *format, ...)
{
  char words[COMMAND_SIZE / 2];
  va_list ap;

  va_start(ap, format);
  vsnprintf(words, sizeof(words), format, ap);
  va_end(ap);
  g_net.hold = true;
  ST_ASSERT(tell("hold", words) == 0, "hold %s: failed", words);
}

/****************************************************************************
 * Name: st_net_reset
 *
 * Description:
 *   Make the network a good one again, if a test has changed it.
 *
 ****************************************************************************/

void st_net_reset(void)
{
  if (g_net.fault && tell("fault", FAULT_RESET) == 0)
    {
      g_net.fault = false;
    }

  if (g_net.hold && tell("hold", HOLD_RESET) == 0)
    {
      g_net.hold = false;
    }
}

/****************************************************************************
 * Name: st_net_counter
 *
 * Description:
 *   A counter of a layer, by its name; 0 if it is not there, because a layer
 *   prints no others.
 *
 ****************************************************************************/

uint64_t st_net_counter(FAR const char *layer, FAR const char *name)
{
  char command[COMMAND_SIZE];
  char output[OUTPUT_SIZE];
  char ifname[IF_NAMESIZE];
  size_t len = strlen(name);
  FAR char *line;

  ST_ASSERT(interface(ifname), "no interface to the peer");
  snprintf(command, sizeof(command), "%s %s", layer, ifname);
  ST_ASSERT(run(command, output) == 0, "%s: failed", command);
  for (line = output; line != NULL; line = strchr(line, '\n'))
    {
      line += strspn(line, "\n ");
      if (strncmp(line, name, len) == 0 && line[len] == ' ')
        {
          return strtoull(line + len, NULL, 10);
        }
    }

  return 0;
}

/****************************************************************************
 * Name: st_net_stat
 *
 * Description:
 *   A counter of /proc/net/netstat ("TcpExt", "copies_resend") or, where
 *   the group is not an extension, /proc/net/snmp ("Tcp", "RetransSegs").
 *   -1 if it is not known here.
 *
 ****************************************************************************/

int64_t st_net_stat(FAR const char *group, FAR const char *name)
{
  FILE *file = fopen(strstr(group, "Ext") != NULL ? "/proc/net/netstat" :
                     "/proc/net/snmp", "r");
  static char names[OUTPUT_SIZE];
  static char values[OUTPUT_SIZE];
  FAR char *word;
  FAR char *value;
  FAR char *rest;
  FAR char *more;
  int64_t found = -1;

  if (file == NULL)
    {
      return -1;
    }

  while (found < 0 && fgets(names, sizeof(names), file) != NULL &&
         fgets(values, sizeof(values), file) != NULL)
    {
      if (strncmp(names, group, strlen(group)) != 0 ||
          names[strlen(group)] != ':')
        {
          continue;
        }

      word  = strtok_r(names, " \n", &rest);
      value = strtok_r(values, " \n", &more);
      while (word != NULL && value != NULL && strcmp(word, name) != 0)
        {
          word  = strtok_r(NULL, " \n", &rest);
          value = strtok_r(NULL, " \n", &more);
        }

      found = word != NULL && value != NULL ? strtoll(value, NULL, 10) : -1;
    }

  fclose(file);
  return found;
}
