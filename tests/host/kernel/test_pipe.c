/* tests/host/kernel/test_pipe.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pipes.  Goal: bytes come out as they went in, once and in order; short
 * writes are not torn apart; both ends see each other go; nobody waits for
 * ever or in vain.  Method: two or more tasks on one pipe, each order of
 * events written down, and a random run against a counter of bytes.
 */

#include "fs_fixture.h"

#include <limits.h>
#include <signal.h>
#include <sys/ioctl.h>

#define CAPACITY 65536

static int g_fd[2];
static int g_sigpipes;
static char g_data[2 * CAPACITY];

static void count_sigpipe(void)
{
  g_sigpipes++;
}

static void make(int flags)
{
  g_sigpipes = 0;
  fs_set_sigpipe(count_sigpipe);
  EQ(nx_pipe2(g_fd, flags), 0);
}

static void unmake(void)
{
  nx_close(g_fd[0]);
  nx_close(g_fd[1]);
}

SCENARIO(bad_arguments)
{
  int fd[2];

  EQ(nx_pipe2(NULL, 0), -EFAULT);
  EQ(nx_pipe2(fd, O_APPEND), -EINVAL);
  EQ(nx_pipe2(fd, 040000), -EINVAL);       /* O_DIRECT */
}

SCENARIO(ends_have_one_direction)
{
  struct stat st;
  int n;
  char c = 'x';

  make(O_CLOEXEC);
  EQ(nx_read(g_fd[1], &c, 1), -EBADF);
  EQ(nx_write(g_fd[0], &c, 1), -EBADF);
  EQ(nx_lseek(g_fd[0], 0, SEEK_SET), -ESPIPE);
  EQ(nx_pread(g_fd[0], &c, 1, 0), -ESPIPE);
  EQ(nx_pwrite(g_fd[1], &c, 1, 0), -ESPIPE);
  EQ(nx_ftruncate(g_fd[1], 0), -EINVAL);
  EQ(nx_isatty(g_fd[0]), -ENOTTY);
  EQ(nx_ioctl(g_fd[0], FIONREAD, NULL), -EFAULT);
  EQ(nx_ioctl(g_fd[0], TIOCGWINSZ, &st), -ENOTTY);
  EQ(nx_fcntl(g_fd[0], F_GETFD), FD_CLOEXEC);
  EQ(nx_fstat(g_fd[0], &st), 0);
  CHECK(S_ISFIFO(st.st_mode));
  EQ(nx_write(g_fd[1], &c, 1), 1);
  EQ(nx_ioctl(g_fd[0], FIONREAD, &n), 0);
  EQ(n, 1);
  unmake();
}

SCENARIO(end_of_file_after_the_data)
{
  char buf[8];

  make(0);
  EQ(nx_write(g_fd[1], "abc", 3), 3);
  EQ(nx_close(g_fd[1]), 0);
  EQ(nx_read(g_fd[0], buf, 0), 0);
  EQ(nx_read(g_fd[0], buf, 2), 2);
  EQ(nx_read(g_fd[0], buf, 8), 1);
  EQ(nx_read(g_fd[0], buf, 8), 0);
  EQ(nx_read(g_fd[0], buf, 8), 0);
  nx_close(g_fd[0]);
}

SCENARIO(nobody_reads)
{
  make(0);
  EQ(nx_write(g_fd[1], "abc", 3), 3);
  nx_close(g_fd[0]);
  EQ(nx_write(g_fd[1], "abc", 3), -EPIPE);
  EQ(g_sigpipes, 1);
  EQ(nx_write(g_fd[1], "", 0), 0);
  EQ(g_sigpipes, 1);
  fs_set_sigpipe(NULL);
  EQ(nx_write(g_fd[1], "abc", 3), -EPIPE);
  nx_close(g_fd[1]);
}

SCENARIO(without_waiting)
{
  char buf[8];

  make(O_NONBLOCK);
  EQ(nx_read(g_fd[0], buf, 8), -EAGAIN);
  EQ(nx_write(g_fd[1], g_data, 2 * CAPACITY), CAPACITY);
  EQ(nx_write(g_fd[1], g_data, 1), -EAGAIN);
  EQ(nx_write(g_fd[1], g_data, 2 * CAPACITY), -EAGAIN);

  /* Room for some: nothing of a short write, a part of a long one */

  EQ(nx_read(g_fd[0], g_data, 100), 100);
  EQ(nx_write(g_fd[1], g_data, 101), -EAGAIN);
  EQ(nx_write(g_fd[1], g_data, PIPE_BUF), -EAGAIN);
  EQ(nx_write(g_fd[1], g_data, PIPE_BUF + 1), 100);
  EQ(nx_read(g_fd[0], g_data, 100), 100);
  EQ(nx_write(g_fd[1], g_data, 100), 100);
  unmake();
}

static int read_one(void *arg)
{
  char c;

  (void)arg;
  nx_close(g_fd[1]);
  return nx_read(g_fd[0], &c, 1) == 1 ? c : 0;
}

SCENARIO(reader_waits)
{
  make(0);

  pid_t pid = start(read_one, NULL);

  sleep_ms(5);
  EQ(nx_write(g_fd[1], "q", 1), 1);
  EQ(reap(pid), 'q');
  EQ(now_ms(), 5);

  /* And for the end of the file */

  pid = start(read_one, NULL);
  sleep_ms(5);
  nx_close(g_fd[1]);
  EQ(reap(pid), 0);
  nx_close(g_fd[0]);
}

static int read_forever(void *arg)
{
  (void)arg;
  return nx_read(g_fd[0], g_data, 1) == -EINTR ? 3 : 4;
}

SCENARIO(killed_while_reading)
{
  make(0);

  pid_t pid = start(read_forever, NULL);

  sleep_ms(1);
  EQ(nxsched_kill(pid, SIGTERM), 0);
  EQ(reap(pid), -SIGTERM);
  EQ(nx_write(g_fd[1], "a", 1), 1);
  EQ(nx_read(g_fd[0], g_data, 9), 1);
  unmake();
}

static int write_two_blocks(void *arg)
{
  ssize_t n = nx_write(g_fd[1], g_data, 2 * CAPACITY);

  (void)arg;
  return n == 2 * CAPACITY ? 0 : n == -EPIPE ? 1 : n == CAPACITY ? 2 : 3;
}

SCENARIO(writer_waits_for_room)
{
  size_t total = 0;
  ssize_t n;

  make(0);

  pid_t pid = start(write_two_blocks, NULL);

  nx_close(g_fd[1]);
  while ((n = nx_read(g_fd[0], g_data, 1000)) > 0)
    {
      total += n;
    }

  EQ(n, 0);
  EQ(total, 2 * CAPACITY);
  EQ(reap(pid), 0);
  nx_close(g_fd[0]);
}

static int write_alone(void *arg)
{
  nx_close(g_fd[0]);
  return write_two_blocks(arg);
}

/* What was taken before the reader went counts; then the signal comes */

SCENARIO(reader_goes_during_a_long_write)
{
  make(0);

  pid_t pid = start(write_alone, NULL);

  sleep_ms(1);
  nx_close(g_fd[0]);
  EQ(reap(pid), 2);
  EQ(g_sigpipes, 1);
  nx_close(g_fd[1]);
}

/* Several writers of records: each arrives whole */

#define RECORD  3000
#define RECORDS 50
#define WRITERS 4

static int write_records(void *arg)
{
  char record[RECORD];
  struct iovec iov[2] =
  {
    { record, 1000 }, { record + 1000, RECORD - 1000 }
  };

  memset(record, (int)(intptr_t)arg, sizeof(record));
  for (int i = 0; i < RECORDS; i++)
    {
      if (nx_writev(g_fd[1], iov, 2) != RECORD)
        {
          return 1;
        }
    }

  return 0;
}

SCENARIO(records_are_not_torn)
{
  char record[RECORD];
  pid_t pid[WRITERS];
  int n = 0;

  make(0);
  for (int i = 0; i < WRITERS; i++)
    {
      pid[i] = start(write_records, (void *)(intptr_t)('a' + i));
    }

  nx_close(g_fd[1]);

  for (; ; n++)
    {
      size_t have = 0;
      ssize_t got = 1;

      while (have < RECORD && got > 0)
        {
          got = nx_read(g_fd[0], record + have,
                        have == 0 ? 7 : RECORD - have);
          have += got > 0 ? got : 0;
        }

      if (have == 0)
        {
          break;
        }

      EQ(have, RECORD);
      for (size_t i = 1; i < RECORD; i++)
        {
          if (record[i] != record[0])
            {
              EQ(record[i], record[0]);
              break;
            }
        }
    }

  EQ(n, WRITERS * RECORDS);
  for (int i = 0; i < WRITERS; i++)
    {
      EQ(reap(pid[i]), 0);
    }

  nx_close(g_fd[0]);
}

/* Random sizes; the bytes count up */

#define TOTAL 3000000

static int write_random(void *arg)
{
  struct sim_random_s random;
  size_t sent = 0;

  (void)arg;
  sim_random_stream(&random, "writer");

  while (sent < TOTAL)
    {
      static uint8_t data[9000];
      size_t len = sim_random_below(&random, sizeof(data)) + 1;

      len = MIN(len, TOTAL - sent);
      for (size_t i = 0; i < len; i++)
        {
          data[i] = (sent + i) * 7;
        }

      if (nx_write(g_fd[1], data, len) != (ssize_t)len)
        {
          return 1;
        }

      sent += len;
      if (sim_random_below(&random, 4) == 0)
        {
          nxsched_yield();
        }
    }

  return 0;
}

SCENARIO(random_sizes)
{
  struct sim_random_s random;
  size_t got = 0;
  size_t wrong = 0;

  make(0);
  sim_random_stream(&random, "reader");

  pid_t pid = start(write_random, NULL);

  nx_close(g_fd[1]);

  for (; ; )
    {
      static uint8_t data[20000];
      size_t cut = sim_random_below(&random, sizeof(data) / 2) + 1;
      struct iovec iov[2] =
      {
        { data, cut }, { data + cut, sim_random_below(&random, cut) }
      };

      ssize_t n = nx_readv(g_fd[0], iov, 2);

      if (n <= 0)
        {
          break;
        }

      for (ssize_t i = 0; i < n; i++)
        {
          wrong += data[i] != (uint8_t)((got + i) * 7);
        }

      got += n;
    }

  EQ(got, TOTAL);
  EQ(wrong, 0);
  EQ(reap(pid), 0);
  nx_close(g_fd[0]);
}

/* Without memory to grow, a pipe goes on with the ring that it has */

SCENARIO(no_memory_to_grow)
{
  make(O_NONBLOCK);
  kmm_fail(1);
  EQ(nx_write(g_fd[1], g_data, 5), 5);
  kmm_fail(1);
  EQ(nx_write(g_fd[1], g_data, PIPE_BUF), -EAGAIN);
  EQ(nx_read(g_fd[0], g_data, 20000), 5);
  kmm_fail(1);
  EQ(nx_write(g_fd[1], g_data, PIPE_BUF), PIPE_BUF);
  kmm_fail(1);
  EQ(nx_write(g_fd[1], g_data, 10000), -EAGAIN);
  EQ(nx_write(g_fd[1], g_data, 10000), 10000);
  EQ(nx_read(g_fd[0], g_data, 20000), PIPE_BUF + 10000);
  unmake();
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    scenario(bad_arguments),
    scenario(ends_have_one_direction),
    scenario(end_of_file_after_the_data),
    scenario(nobody_reads),
    scenario(without_waiting),
    scenario(reader_waits),
    scenario(killed_while_reading),
    scenario(writer_waits_for_room),
    scenario(reader_goes_during_a_long_write),
    scenario(records_are_not_torn),
    scenario(random_sizes),
    scenario(no_memory_to_grow)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
