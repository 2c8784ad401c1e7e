/* libs/posix/system.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * About the system, random numbers, and functions of libc that keep something
 * between two calls: here each group has that to itself.
 */

#include "binding.h"

#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <nuttx/fs/fs.h>
#include <nuttx/sim.h>

BIND(sysconf);
long posix_sysconf(int name)
{
  switch (name)
    {
      case _SC_PAGESIZE:
        return 4096;

      case _SC_NPROCESSORS_CONF:
      case _SC_NPROCESSORS_ONLN:
        return 1;

      case _SC_OPEN_MAX:
        return OPEN_FILES_MAX;

      case _SC_CLK_TCK:
        return 100;

      case _SC_ARG_MAX:
        return 131072;

      case _SC_HOST_NAME_MAX:
        return HOST_NAME_MAX;

      case _SC_IOV_MAX:
        return 1024;

      case _SC_THREAD_STACK_MIN:
        return SCHED_STACK_MIN;

      case _SC_THREADS:
      case _SC_SEMAPHORES:
      case _SC_BARRIERS:
      case _SC_READER_WRITER_LOCKS:
      case _SC_SPIN_LOCKS:
      case _SC_MONOTONIC_CLOCK:
      case _SC_VERSION:
        return 200809;

      case _SC_ATEXIT_MAX:
      case _SC_THREAD_THREADS_MAX:
      case _SC_CHILD_MAX:
      case _SC_SEM_NSEMS_MAX:
        return -1;               /* As many as there is memory for */

      default:
        return posix_fail(EINVAL);
    }
}

BIND(getpagesize);
int posix_getpagesize(void)
{
  return 4096;
}

BIND(uname);
int posix_uname(struct utsname *name)
{
  memset(name, 0, sizeof(*name));
  strcpy(name->sysname, "NuttX");
  strcpy(name->nodename, "sim");
  strcpy(name->release, "0.0.0");
  strcpy(name->version, "sim");
#if defined(__x86_64__)
  strcpy(name->machine, "x86_64");
#elif defined(__i386__)
  strcpy(name->machine, "i686");
#elif defined(__aarch64__)
  strcpy(name->machine, "aarch64");
#else
  strcpy(name->machine, "sim");
#endif
  return 0;
}

BIND(gethostname);
int posix_gethostname(char *name, size_t size)
{
  struct utsname uts;

  posix_uname(&uts);
  if (strlen(uts.nodename) >= size)
    {
      return posix_fail(ENAMETOOLONG);
    }

  strcpy(name, uts.nodename);
  return 0;
}

/* There is one locale */

BIND(setlocale);
char *posix_setlocale(int category, const char *locale)
{
  static char c[] = "C";

  UNUSED(category);
  return locale == NULL || *locale == '\0' || strcmp(locale, "C") == 0 ||
         strcmp(locale, "POSIX") == 0 ? c : NULL;
}

BIND(strtok);
char *posix_strtok(char *text, const char *delimiters)
{
  return strtok_r(text, delimiters, &posix_group()->strtok);
}

/* Numbers that can be repeated, from a seed: a linear congruence for all of
 * them, of which the upper bits are used.
 */

static uint32_t next(uint64_t *state)
{
  *state = *state * 6364136223846793005ull + 1442695040888963407ull;
  return *state >> 33;
}

BIND(rand);
int posix_rand(void)
{
  return next(&posix_group()->random);
}

BIND(srand);
void posix_srand(unsigned int seed)
{
  posix_group()->random = seed;
}

BIND(random);
long posix_random(void)
{
  return next(&posix_group()->random);
}

BIND(srandom);
void posix_srandom(unsigned int seed)
{
  posix_group()->random = seed;
}

BIND(rand_r);
int posix_rand_r(unsigned int *seed)
{
  uint64_t state = *seed;
  int value = next(&state);

  *seed = state >> 32;
  return value;
}

/* The 48-bit generator is as POSIX describes it */

static uint64_t next48(void)
{
  uint64_t *state = &posix_group()->rand48;

  *state = (*state * 0x5deece66dull + 11) & 0xffffffffffffull;
  return *state;
}

BIND(drand48);
double posix_drand48(void)
{
  return next48() / 281474976710656.0;
}

BIND(lrand48);
long posix_lrand48(void)
{
  return next48() >> 17;
}

BIND(srand48);
void posix_srand48(long seed)
{
  posix_group()->rand48 = ((uint64_t)(uint32_t)seed << 16) | 0x330e;
}

/* Numbers that cannot be guessed, unless the kernel's seed is known */

BIND(getrandom);
ssize_t posix_getrandom(void *buf, size_t len, unsigned int flags)
{
  unsigned char *to = buf;
  uint64_t value = 0;
  size_t i;

  UNUSED(flags);
  for (i = 0; i < len; i++)
    {
      value = i % 8 == 0 ? sim_random() : value >> 8;
      to[i] = value;
    }

  return len;
}

BIND(getentropy);
int posix_getentropy(void *buf, size_t len)
{
  return len > 256 ? posix_fail(EIO) :
         posix_getrandom(buf, len, 0) < 0 ? -1 : 0;
}

uint32_t posix_arc4random(void);
uint32_t posix_arc4random(void)
{
  return sim_random();
}

uint32_t posix_arc4random_uniform(uint32_t limit);
uint32_t posix_arc4random_uniform(uint32_t limit)
{
  return limit < 2 ? 0 : ((sim_random() >> 32) * limit) >> 32;
}
