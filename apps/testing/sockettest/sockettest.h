/****************************************************************************
 * apps/testing/sockettest/sockettest.h
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

#ifndef __APPS_TESTING_SOCKETTEST_SOCKETTEST_H
#define __APPS_TESTING_SOCKETTEST_SOCKETTEST_H

/* sockettest: a host's sockets against those of another host.
 *
 * One program is both ends.  The server (-s) does what a client asks for on
 * a control connection: it echoes, swallows or sends bytes.  The client (-c)
 * runs the tests, with cmocka, and is the only one that judges.
 *
 *   sockettest_main.c  the command line
 *   st_run.c           the runner: chooses tests, runs them with cmocka,
 *                      looks for what they left behind, prints the verdict
 *   st_json.c          the result as JSON
 *   st_ctrl.c          the control protocol, which is described there, as the
 *                      client speaks it
 *   st_server.c        the same as the server does: sessions and services
 *   st_params.c        which parameters a service may have
 *   st_serve_tcp.c     the services echo, discard, source and both
 *   st_serve_udp.c     udp-echo, udp-discard, udp-source
 *   st_pattern.c       the payload, and CRC-32C
 *   st_util.c          sockets and threads of tests
 *   st_groups.c        the list of groups
 *   group_*.c          the tests
 *
 * Server and client may be two tasks of one kernel, which then share their
 * variables.  So the server has none; those of the client are in g_st, and
 * only one client may run at a time.
 *
 * How to write a test
 *
 *   - It is a line of its group's table, and a function of cmocka's type.
 *   - It asserts in its own task only.  Threads (st_worker()) return what
 *     they found.
 *   - ST_ASSERT() and st_skip() tell why; the reason is in the report.
 *   - Each call of a socket goes through ST_CALL(), which counts.
 *   - It need not clean up when it fails: the runner ends its threads, closes
 *     its descriptors and stops its services.  When it passes it has to
 *     leave nothing behind: the runner counts.
 *   - It must be true on Linux, too.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/types.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nuttx/compiler.h>

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define ST_VERSION       1             /* Of the protocol */
#define ST_PORT          5471
#define ST_TIMEOUT       30            /* Seconds, of a test's sockets */
#define ST_LINE          512           /* Longest line of the protocol */
#define ST_NCLASSES      4             /* Of buffers: see st_counts_s */

#define ST_PASSED        0             /* Exit status */
#define ST_FAILED        1
#define ST_USAGE         2

/* What a test needs: flags of st_test_s.needs */

#define ST_NEEDS_PEER    1             /* A server */
#define ST_NEEDS_NET     2             /* A device that loses frames */
#define ST_NEEDS_HOLD    4             /* A device that keeps frames */
#define ST_ASKED         8             /* Runs only if -t or -g names it */

/* What a service sends has its own stream: that of the client plus this */

#define ST_BACK          UINT32_C(0x80000000)

/* A line of a group's table, and its end */

#define ST_TEST(name, needs, after, about) \
  { #name, test_##name, about, needs, after }
#define ST_TESTS_END { NULL, NULL, NULL, 0, NULL }

/* The calls that are counted, in the order of the report */

#define ST_CALLS(x) \
  x(socket) x(socketpair) x(bind) x(listen) x(connect) x(accept) x(accept4) \
  x(shutdown) x(close) x(send) x(sendto) x(sendmsg) x(sendmmsg) \
  x(sendfile) x(recv) x(recvfrom) x(recvmsg) x(recvmmsg) x(read) x(write) \
  x(readv) x(writev) x(getsockname) x(getpeername) x(getsockopt) \
  x(setsockopt) x(sockatmark) x(poll) x(ppoll) x(select) x(pselect) \
  x(epoll_create1) x(epoll_ctl) x(epoll_wait) x(epoll_pwait) x(fcntl) \
  x(ioctl) x(dup) x(dup2) x(dup3) x(getaddrinfo) x(freeaddrinfo) \
  x(getnameinfo) x(gethostbyname) x(if_nametoindex) x(if_indextoname) \
  x(if_nameindex) x(if_freenameindex) x(getifaddrs) x(freeifaddrs) \
  x(epoll_create) x(fstat) x(lseek) x(inet_pton) x(inet_ntop) \
  x(inet_addr) x(inet_aton) x(inet_ntoa)

#define ST_CALLNAME(name) ST_CALL_##name,

/* Make a call and count it */

#define ST_CALL(name, ...) (st_count(ST_CALL_##name), name(__VA_ARGS__))

/* Assert, with a reason that is kept for the report */

#define ST_ASSERT(cond, ...) \
  do \
    { \
      if (!(cond)) \
        { \
          st_fail(__FILE__, __LINE__, __VA_ARGS__); \
        } \
    } \
  while (0)

/* A call that must not fail, and one that must, with this errno */

#define ST_OK(expr) st_ok((intmax_t)(expr), #expr, __FILE__, __LINE__)
#define ST_ERRNO(expr, err) \
  st_errno((intmax_t)(expr), err, #expr, __FILE__, __LINE__)

/* The test is not for this place: tell why, and leave it */

#define st_skip(...) st_skip_at(__FILE__, __LINE__, __VA_ARGS__)

/****************************************************************************
 * Public Types
 ****************************************************************************/

enum st_call_e
{
  ST_CALLS(ST_CALLNAME)
  ST_NCALLS
};

/* A table of tests ends with an empty entry.  Names are unique in a group;
 * "after" has names of the same group, or "group.name", with blanks between.
 */

struct st_test_s
{
  FAR const char *name;
  CODE void (*func)(FAR void **state);
  FAR const char *about;               /* One line */
  unsigned int needs;
  FAR const char *after;               /* Skipped unless these passed */
};

struct st_group_s
{
  FAR const char *name;
  FAR const char *about;
  FAR const struct st_test_s *tests;
};

enum st_result_e
{
  ST_NOTRUN = 0,
  ST_RUNNING,
  ST_TEST_PASSED,
  ST_TEST_FAILED,
  ST_TEST_SKIPPED
};

/* A test of this run */

struct st_case_s
{
  FAR const struct st_group_s *group;
  FAR const struct st_test_s *test;
  char name[64];                       /* "group.name" */
  enum st_result_e result;
  char reason[200];
  uint64_t start;                      /* Milliseconds */
  uint64_t ms;
};

/* The command line */

struct st_config_s
{
  FAR const char *peer;
  FAR const char *json;
  FAR const char *format;              /* Of the output: see --help */
  FAR char **tests;                    /* -t, NULL behind the last */
  FAR char **groups;                   /* -g */
  uint64_t seed;
  uint16_t port;
  bool seeded;
  bool serve;
  bool once;
  bool list;
  bool ipv6;
  bool verbose;
};

/* What there is of something that tests may leave behind; -1: not known */

struct st_counts_s
{
  long fds;
  long sockets;                        /* Of the kernel */
  long buffers;                        /* Bytes, of all classes */
  long classes[ST_NCLASSES];           /* ... of rx, tx, ctrl, ring */
};

struct st_worker_s
{
  FAR struct st_worker_s *next;
  CODE void *(*func)(FAR void *arg);
  FAR void *arg;
  pthread_t thread;
};

/* The client's state */

struct st_s
{
  FAR const struct st_config_s *config;
  uint64_t seed;
  uint64_t random;                     /* State of st_random() */
  struct sockaddr_in peer;             /* Its control port */
  int ctrl;                            /* The control connection */
  char line[ST_LINE];                  /* What has come there */
  size_t linelen;
  FAR struct st_case_s *cases;
  size_t ncases;
  FAR struct st_case_s *now;
  FAR const char *within;              /* A test that it runs, or NULL */
  FAR jmp_buf *leave;                  /* ... whose st_skip() goes there */
  FAR uint8_t *fds;                    /* Open before the test */
  struct st_counts_s before;
  FAR struct st_worker_s *workers;     /* Of the test, not joined yet */
  FAR int *services;                   /* ... not stopped yet */
  size_t nservices;
  unsigned long calls[ST_NCALLS];
  pid_t owner;                         /* The client that runs */
  uint64_t start;
};

/* A service of the server, for one test.  Results are of all its connections
 * together: bytes are summed, CRCs combined by exclusive or.
 */

struct st_service_s
{
  int id;
  uint16_t port;                       /* Where it listens */
  uint32_t stream;                     /* stream= of st_start() */
  bool perconn;                        /* perconn=1: see st_stream() */

  uint64_t bytes;                      /* It received */
  uint32_t crc;                        /* CRC-32C of those */
  uint64_t sent;
  uint32_t sentcrc;
  unsigned int conns;                  /* That came */
  unsigned int errors;                 /* Wrong bytes, failed calls */
  int err;                             /* The first errno; 0: none */
  int64_t wrong;                       /* First wrong byte; -1: none */
  char text[ST_LINE];                  /* All of the answer */
};

/****************************************************************************
 * Public Data
 ****************************************************************************/

extern struct st_s g_st;
extern const struct st_group_s g_st_groups[];
extern FAR const char *const g_st_callnames[ST_NCALLS];

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* Services.  The format is "KIND key=value ...", see st_ctrl.c.  st_result()
 * waits for the end of the service, fills in the results and forgets it;
 * st_stop() ends it at once, with the results so far.
 */

void st_start(FAR struct st_service_s *service, FAR const char *format, ...)
     printf_like(2, 3);
void st_result(FAR struct st_service_s *service);
void st_stop(FAR struct st_service_s *service);

/* One more result, by its key; 0 if the service did not tell it */

uint64_t st_value(FAR const struct st_service_s *service,
                  FAR const char *key);

/* Assert that a service received so many bytes with this CRC, all right */

void st_got(FAR struct st_service_s *service, uint64_t bytes, uint32_t crc);

/* A TCP connection to it, with time limits set */

int st_connect(FAR const struct st_service_s *service);

/* The stream of a connection: stream= of the service, plus the number of the
 * client's port if it was started with perconn=1.
 */

uint32_t st_stream(FAR const struct st_service_s *service, int fd);

/* The address of the peer, with a port */

struct sockaddr_in st_peer(uint16_t port);

/* Payload: every byte is a function of (seed, stream, offset).  st_check()
 * returns the index of the first wrong byte, or -1.  A CRC begins with 0 and
 * can be continued.
 */

void st_fill(FAR void *buf, size_t len, uint32_t stream, uint64_t offset);
ssize_t st_check(FAR const void *buf, size_t len, uint32_t stream,
                 uint64_t offset);
uint32_t st_crc32c(uint32_t crc, FAR const void *buf, size_t len);

void st_pattern_init(void);
void st_pattern_fill(uint64_t seed, FAR void *buf, size_t len,
                     uint32_t stream, uint64_t offset);
ssize_t st_pattern_check(uint64_t seed, FAR const void *buf, size_t len,
                         uint32_t stream, uint64_t offset);

/* All of it: len, less at the end of the stream, or -1 and errno.  They
 * assert nothing, so threads may use them.
 */

ssize_t st_send_all(int fd, FAR const void *buf, size_t len);
ssize_t st_recv_all(int fd, FAR void *buf, size_t len);

/* So many bytes of a stream in pieces of chunk bytes (0: of random size),
 * with their CRC.  0, or an errno; EILSEQ if a byte is wrong.
 */

int st_send_stream(int fd, uint32_t stream, uint64_t bytes, size_t chunk,
                   FAR uint32_t *crc);
int st_recv_stream(int fd, uint32_t stream, uint64_t bytes, size_t chunk,
                   FAR uint32_t *crc);

/* The end of the stream is next, and nothing in front of it */

void st_expect_end(int fd);

/* End our stream, see the end of the peer's, and close */

void st_finish(int fd);

/* A stream to an echo of the peer and back, in pieces of random size, each
 * verified; limit: seconds it may stand still.
 */

void st_exchange(uint32_t bytes, uint32_t stream, int limit);

/* Sockets.  st_socket() has time limits for sending and receiving;
 * st_listen() takes any port and tells which.
 */

int st_socket(int type);
int st_listen(int backlog, FAR uint16_t *port);
int st_accept(int fd);
void st_limit(int fd, int seconds);
void st_close(int fd);
void st_nonblock(int fd, bool on);
int st_poll(int fd, short events, int timeout_ms);

/* Threads.  They are joined by the runner if the test fails. */

void st_worker(FAR struct st_worker_s *worker,
               CODE void *(*func)(FAR void *arg), FAR void *arg);
FAR void *st_join(FAR struct st_worker_s *worker);

/* A number below n from the seed of the run; time in milliseconds */

uint32_t st_random(uint32_t n);
uint32_t st_mix(FAR uint64_t *state, uint32_t n);
uint64_t st_now(void);

/* Of ST_ASSERT() and the like */

void st_fail(FAR const char *file, int line, FAR const char *format, ...)
     printf_like(3, 4) noreturn_function;
void st_skip_at(FAR const char *file, int line, FAR const char *format, ...)
     printf_like(3, 4) noreturn_function;
intmax_t st_ok(intmax_t ret, FAR const char *what, FAR const char *file,
               int line);
void st_errno(intmax_t ret, int err, FAR const char *what,
              FAR const char *file, int line);
void st_note(FAR const char *format, ...) printf_like(1, 2);

/* The count of calls; the next one that was never used, from *pos on, or
 * NULL.
 */

void st_count(enum st_call_e call);
FAR const char *st_call_unused(FAR unsigned int *pos);

/* Run a test as a part of the one that runs; false if it was skipped */

bool st_run_within(FAR const struct st_test_s *test, FAR const char *name,
                   FAR void **state);

/* Whether a test ran and passed in this run: "group.name" */

bool st_passed(FAR const char *name);

/* The network, in st_net.c: commands of the devices between the two hosts.
 * st_net_missing() tells why one of ST_NEEDS_NET and ST_NEEDS_HOLD cannot be,
 * or NULL.  st_net_reset() asserts nothing; the runner calls it after each
 * test.
 */

FAR const char *st_net_missing(unsigned int needs);
void st_net(FAR const char *format, ...) printf_like(1, 2);
void st_hold(FAR const char *format, ...) printf_like(1, 2);
void st_net_reset(void);

/* Counters: of a layer ("fault", "hold") between us and the peer, 0 if it
 * has not counted yet; of /proc/net/netstat (groups "...Ext") and
 * /proc/net/snmp, -1 where it is not known.
 */

uint64_t st_net_counter(FAR const char *layer, FAR const char *name);
int64_t st_net_stat(FAR const char *group, FAR const char *name);

/* Between the files of the runner */

int  st_serve(FAR const struct st_config_s *config);
int  st_run(FAR const struct st_config_s *config);
int  st_list(FAR const struct st_config_s *config);
int  st_json(FAR const struct st_s *st, FAR const char *path);
int  st_ctrl_open(void);
void st_ctrl_close(void);
void st_ctrl_stop_all(void);
int  st_readline(int fd, FAR char *buf, FAR size_t *len, FAR char *line);
int  st_printline(int fd, FAR const char *format, ...) printf_like(2, 3);
FAR const char *st_word(FAR const char *text, FAR const char *key,
                        FAR char *value, size_t size);
bool st_decimal(FAR const char *text, FAR uint64_t *value);
uint64_t st_number(FAR const char *text, FAR const char *key,
                   uint64_t otherwise);

#endif /* __APPS_TESTING_SOCKETTEST_SOCKETTEST_H */
