/* tests/host/iob/iob_tour.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tour of the shared I/O buffers, on the host port: without a system.
 * It is that of apps/netutils/iobdemo; here is what it takes from a system
 * otherwise: a start, and another task that frees while the tour waits, which
 * the port's hook for blocking plays.
 *
 * Exit status: 0, 1 if a check failed, 2 for wrong arguments.
 */

#include <nuttx/config.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_port.h"
#include "../../../apps/netutils/iobdemo/iobdemo.h"

static iobdemo_release_t g_release;
static void *g_arg;

static const char g_usage[] =
"usage: iob_tour [--plain]\n"
"\n"
"Shows step by step what the shared I/O buffers do: allocate, share, push,\n"
"resend, receive, shrink, grow, copy on write, run out, wait, free.  Each\n"
"step shows the call, the views, the arena and the counts that changed.\n"
"\n"
"  --plain  no colours; so it is, too, when the output is no terminal, when\n"
"           NO_COLOR is set, or when TERM is dumb or not set\n"
"  --help   this text\n"
"\n"
"Exit status: 0, 1 if a check failed, 2 for wrong arguments.\n";

/* What another task does while this one waits */

static int other_task(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;

  g_release(g_arg);
  return 1;
}

static struct iob_s *wait_served(unsigned int size, iobdemo_release_t release,
                                 void *arg)
{
  struct iob_s *iob;

  g_release       = release;
  g_arg           = arg;
  host_block_hook = other_task;
  iob = iob_timedalloc_contig(size, 0, IOB_CLASS_RX, IOBDEMO_WAIT);
  host_block_hook = NULL;
  return iob;
}

int main(int argc, char **argv)
{
  struct iobdemo_stage_s stage =
    {
      .colour = iobdemo_colour(), .wait = wait_served
    };
  int status;
  int i;

  for (i = 1; i < argc; i++)
    {
      if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
        {
          fputs(g_usage, stdout);
          return 0;
        }

      if (strcmp(argv[i], "--plain") != 0)
        {
          fprintf(stderr, "iob_tour: unknown argument '%s' (try --help)\n",
                  argv[i]);
          return 2;
        }

      stage.colour = false;
    }

  host_port_reset();
  iob_initialize();
  status = iobdemo_tour(&stage);

  if (fflush(stdout) != 0 || ferror(stdout))
    {
      fprintf(stderr, "iob_tour: cannot write the output\n");
      return 1;
    }

  return status;
}
