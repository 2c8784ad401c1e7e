/* tests/host/kernel/test_poll.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * poll, ppoll and select.  Goal: what is ready is told, at once; what is not
 * is waited for, exactly as long; the wakeup comes with the event and not
 * otherwise.  Method: pipes and timers under virtual time, where an early or
 * a late return shows as a different time.
 */

#include "fs_fixture.h"

#include <limits.h>
#include <signal.h>
#include <sys/select.h>

static int g_fd[2];

static struct pollfd *one(int fd, short events)
{
  static struct pollfd pfd;

  pfd.fd      = fd;
  pfd.events  = events;
  pfd.revents = 0x7fff;
  return &pfd;
}

static int poll_one(int fd, short events, int timeout)
{
  struct pollfd *pfd = one(fd, events);
  int ret = nx_poll(pfd, 1, timeout);

  return ret < 0 ? ret : ret == 0 ? -(pfd->revents != 0) : pfd->revents;
}

SCENARIO(bad_arguments)
{
  struct timeval tv =
  {
    0, 1000000
  };

  struct timeval negative =
  {
    -1, 0
  };

  fd_set set;

  FD_ZERO(&set);
  FD_SET(9, &set);
  EQ(nx_poll(NULL, 1, 0), -EFAULT);
  EQ(nx_poll(one(0, 0), OPEN_FILES_MAX + 1, 0), -EINVAL);
  EQ(nx_select(-1, NULL, NULL, NULL, NULL), -EINVAL);
  EQ(nx_select(10, &set, NULL, NULL, &tv), -EINVAL);
  EQ(nx_select(10, &set, NULL, NULL, &negative), -EINVAL);
  EQ(nx_select(10, &set, NULL, NULL, NULL), -EBADF);
  EQ(nx_select(10, NULL, NULL, &set, NULL), -EBADF);
  CHECK(FD_ISSET(9, &set));

  nx_setlogmask(LOG_UPTO(LOG_CRIT));
  EQ(nx_select(FD_SETSIZE + 1, &set, NULL, NULL, NULL), -EINVAL);
  nx_setlogmask(LOG_UPTO(LOG_WARNING));
}

SCENARIO(closed_descriptors)
{
  EQ(poll_one(9, POLLIN, -1), POLLNVAL);
  EQ(poll_one(9, 0, -1), POLLNVAL);
  EQ(poll_one(-1, POLLIN, 3), 0);
  EQ(now_ms(), 3);
}

SCENARIO(nothing_to_wait_for)
{
  EQ(nx_poll(NULL, 0, 20), 0);
  EQ(now_ms(), 20);
  EQ(nx_ppoll(NULL, 0, 1500), 0);
  EQ(clock_systime_ns(), 21500000);
  EQ(nx_poll(NULL, 0, 0), 0);
  EQ(nx_select(0, NULL, NULL, NULL, &(struct timeval){ 0, 500 }), 0);
  EQ(clock_systime_ns(), 22000000);
}

SCENARIO(files_without_poll_are_ready)
{
  int fd = nx_open("/dev/null", O_RDWR);

  EQ(poll_one(fd, POLLIN | POLLOUT, -1), POLLIN | POLLOUT);
  EQ(poll_one(fd, POLLIN, -1), POLLIN);
  EQ(poll_one(fd, POLLPRI, 5), 0);
  EQ(now_ms(), 5);
  nx_close(fd);
}

SCENARIO(states_of_a_pipe)
{
  static char data[65536];

  EQ(nx_pipe2(g_fd, O_NONBLOCK), 0);
  EQ(poll_one(g_fd[0], POLLIN, 0), 0);
  EQ(poll_one(g_fd[0], POLLOUT, 0), 0);
  EQ(poll_one(g_fd[1], POLLOUT | POLLIN, 0), POLLOUT);
  EQ(nx_write(g_fd[1], data, 65536 - PIPE_BUF + 1), 65536 - PIPE_BUF + 1);
  EQ(poll_one(g_fd[1], POLLOUT, 0), 0);
  EQ(poll_one(g_fd[0], POLLIN, 0), POLLIN);
  EQ(nx_read(g_fd[0], data, 1), 1);
  EQ(poll_one(g_fd[1], POLLOUT, 0), POLLOUT);

  nx_close(g_fd[1]);
  EQ(poll_one(g_fd[0], POLLIN, 0), POLLIN | POLLHUP);
  EQ(nx_read(g_fd[0], data, 65536), 65536 - PIPE_BUF);
  EQ(poll_one(g_fd[0], POLLIN, 0), POLLHUP);
  EQ(poll_one(g_fd[0], 0, 0), POLLHUP);
  nx_close(g_fd[0]);

  EQ(nx_pipe2(g_fd, 0), 0);
  nx_close(g_fd[0]);
  EQ(poll_one(g_fd[1], 0, 0), POLLERR);
  EQ(poll_one(g_fd[1], POLLOUT, 0), POLLERR | POLLOUT);
  nx_close(g_fd[1]);
}

static int write_later(void *arg)
{
  sleep_ms((long)(intptr_t)arg);
  return nx_write(g_fd[1], "x", 1) == 1 ? 0 : 1;
}

SCENARIO(wakes_with_the_event)
{
  char c;

  EQ(nx_pipe2(g_fd, 0), 0);

  pid_t pid = start(write_later, (void *)7);

  EQ(poll_one(g_fd[0], POLLIN, 1000), POLLIN);
  EQ(now_ms(), 7);
  EQ(nx_read(g_fd[0], &c, 1), 1);
  EQ(poll_one(g_fd[0], POLLIN, 13), 0);
  EQ(now_ms(), 20);
  EQ(reap(pid), 0);
  nx_close(g_fd[0]);
  nx_close(g_fd[1]);
}

static int steal(void *arg)
{
  char c;

  (void)arg;
  return nx_read(g_fd[0], &c, 1) == 1 ? 0 : 1;
}

/* Another reader, who waited first, takes it: poll goes on waiting */

SCENARIO(event_that_is_gone)
{
  EQ(nx_pipe2(g_fd, 0), 0);

  pid_t thief = start(steal, NULL);
  pid_t writer = start(write_later, (void *)7);

  sleep_ms(1);
  EQ(poll_one(g_fd[0], POLLIN, 50), 0);
  EQ(now_ms(), 51);
  EQ(reap(thief), 0);
  EQ(reap(writer), 0);
  nx_close(g_fd[0]);
  nx_close(g_fd[1]);
}

static int close_later(void *arg)
{
  sleep_ms(5);
  nx_close(g_fd[(intptr_t)arg]);
  return 0;
}

/* A descriptor that is closed by another thread stays in the call; here it
 * is the other end that goes, in another group.
 */

SCENARIO(other_end_goes)
{
  EQ(nx_pipe2(g_fd, 0), 0);

  pid_t pid = start(close_later, (void *)1);

  nx_close(g_fd[1]);
  EQ(poll_one(g_fd[0], POLLIN, -1), POLLHUP);
  EQ(now_ms(), 5);
  EQ(reap(pid), 0);
  nx_close(g_fd[0]);
}

static void *thread_close(void *arg)
{
  (void)arg;
  sleep_ms(5);
  nx_close(g_fd[0]);
  return NULL;
}

SCENARIO(closed_by_another_thread)
{
  struct tcb_s *tcb;
  pid_t tid;

  EQ(nx_pipe2(g_fd, 0), 0);
  EQ(nxthread_create("closer", SCHED_PRIORITY_DEFAULT, 0, thread_close,
                     NULL, &tcb), 0);
  tid = tcb->pid;
  nxtask_activate(tcb);
  EQ(poll_one(g_fd[0], POLLIN, 30), 0);
  EQ(now_ms(), 30);
  EQ(nx_close(g_fd[0]), -EBADF);
  EQ(nxthread_join(tid, NULL), 0);
  nx_close(g_fd[1]);
}

static int poll_forever(void *arg)
{
  (void)arg;
  nx_poll(one(g_fd[0], POLLIN), 1, -1);
  nx_poll(one(g_fd[0], POLLIN), 1, -1);
  return 1;
}

SCENARIO(killed_while_polling)
{
  EQ(nx_pipe2(g_fd, 0), 0);

  pid_t pid = start(poll_forever, NULL);

  sleep_ms(1);
  EQ(nxsched_kill(pid, SIGINT), 0);
  EQ(reap(pid), -SIGINT);
  EQ(nx_write(g_fd[1], "x", 1), 1);
  nx_close(g_fd[0]);
  nx_close(g_fd[1]);
}

/* More than fit on the stack, the same one twice among them */

SCENARIO(many_files)
{
  enum
  {
    COUNT = 300
  };

  static struct pollfd pfd[COUNT + 2];
  int pair[COUNT][2];
  uint64_t value = 1;

  for (int i = 0; i < COUNT; i++)
    {
      EQ(nx_pipe2(pair[i], 0), 0);
      pfd[i].fd     = pair[i][0];
      pfd[i].events = POLLIN;
    }

  pfd[COUNT]     = pfd[5];
  pfd[COUNT + 1] = pfd[5];
  pfd[COUNT + 1].events = 0;

  EQ(nx_poll(pfd, COUNT + 2, 1), 0);
  EQ(nx_write(pair[5][1], &value, 1), 1);
  EQ(nx_write(pair[299][1], &value, 1), 1);
  EQ(nx_poll(pfd, COUNT + 2, -1), 3);
  EQ(pfd[5].revents, POLLIN);
  EQ(pfd[299].revents, POLLIN);
  EQ(pfd[COUNT].revents, POLLIN);
  EQ(pfd[COUNT + 1].revents, 0);
  EQ(pfd[0].revents, 0);

  kmm_fail(1);
  EQ(nx_poll(pfd, COUNT, -1), -ENOMEM);

  for (int i = 0; i < COUNT; i++)
    {
      nx_close(pair[i][0]);
      nx_close(pair[i][1]);
    }
}

SCENARIO(select_sets)
{
  struct timeval tv =
  {
    0, 9000
  };

  fd_set rd;
  fd_set wr;
  fd_set ex;
  char c;

  EQ(nx_pipe2(g_fd, 0), 0);
  FD_ZERO(&rd);
  FD_ZERO(&wr);
  FD_ZERO(&ex);
  FD_SET(g_fd[0], &rd);
  FD_SET(g_fd[0], &ex);
  EQ(nx_select(g_fd[1] + 1, &rd, &wr, &ex, &tv), 0);
  EQ(now_ms(), 9);
  CHECK(!FD_ISSET(g_fd[0], &rd));
  CHECK(!FD_ISSET(g_fd[0], &ex));

  FD_SET(g_fd[0], &rd);
  FD_SET(g_fd[1], &wr);
  EQ(nx_select(g_fd[1] + 1, &rd, &wr, NULL, NULL), 1);
  CHECK(!FD_ISSET(g_fd[0], &rd));
  CHECK(FD_ISSET(g_fd[1], &wr));

  /* Not looked at beyond nfds */

  FD_SET(g_fd[0], &rd);
  FD_SET(1000, &wr);
  EQ(nx_write(g_fd[1], "x", 1), 1);
  EQ(nx_select(g_fd[1] + 1, &rd, &wr, NULL, NULL), 2);
  CHECK(FD_ISSET(1000, &wr));
  EQ(nx_read(g_fd[0], &c, 1), 1);

  /* The end of the file is readable, nobody to write to is writable */

  nx_close(g_fd[1]);
  EQ(nx_select(g_fd[0] + 1, &rd, NULL, NULL, NULL), 1);
  nx_close(g_fd[0]);
}

/* A wait of 40 days in one piece */

SCENARIO(long_timeouts)
{
  struct timeval tv =
  {
    40 * 86400, 1
  };

  EQ(nx_poll(NULL, 0, INT32_MAX), 0);
  EQ(now_ms(), INT32_MAX);
  EQ(nx_select(0, NULL, NULL, NULL, &tv), 0);
  EQ(clock_systime_ns() / 1000,
     (int64_t)INT32_MAX * 1000 + (int64_t)40 * 86400 * 1000000 + 1);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    scenario(bad_arguments),
    scenario(closed_descriptors),
    scenario(nothing_to_wait_for),
    scenario(files_without_poll_are_ready),
    scenario(states_of_a_pipe),
    scenario(wakes_with_the_event),
    scenario(event_that_is_gone),
    scenario(other_end_goes),
    scenario(closed_by_another_thread),
    scenario(killed_while_polling),
    scenario(many_files),
    scenario(select_sets),
    scenario(long_timeouts)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
