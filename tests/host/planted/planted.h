/* tests/host/planted/planted.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Which of the planted bugs is there in this run.  scripts/planted puts this
 * file in front of each source that it plants something in, in a copy of the
 * project; planted(n) is true if bug n was chosen by PLANTED_BUG=n in the
 * environment.
 *
 * Some of these sources are of a kernel that has neither a C library nor an
 * environment, so the number comes from what the C runtime hands to
 * constructors.  Each source has its own copy: nothing to link.  What is
 * reached is told once on stderr, so that a bug that no check finds can be
 * told from one that no check comes by.
 */

#ifndef __TESTS_HOST_PLANTED_PLANTED_H
#define __TESTS_HOST_PLANTED_PLANTED_H

#ifdef __x86_64__
#  define PLANTED_WRITE 1            /* Where Linux has write(), and 64 ... */
#else
#  define PLANTED_WRITE 64           /* ... on newer machines */
#endif

extern long syscall(long number, ...);

static int g_planted;

__attribute__((constructor))
static void planted_choose(int argc, char **argv, char **envp)
{
  static const char name[] = "PLANTED_BUG=";
  unsigned int i;

  (void)argc;
  (void)argv;
  for (; envp != 0 && *envp != 0; envp++)
    {
      for (i = 0; name[i] != '\0' && (*envp)[i] == name[i]; i++)
        {
        }

      if (name[i] == '\0')
        {
          for (g_planted = 0; (*envp)[i] != '\0'; i++)
            {
              g_planted = 10 * g_planted + (*envp)[i] - '0';
            }
        }
    }
}

__attribute__((noinline, unused))
static unsigned int planted_reached(void)
{
  static const char text[] = "\nplanted: reached\n";
  static int told;

  if (!told)
    {
      told = 1;
      syscall(PLANTED_WRITE, 2, text, sizeof(text) - 1);
    }

  return 1u;
}

#define planted(n) \
  (__builtin_expect(g_planted == (n), 0) ? planted_reached() : 0u)

#endif /* __TESTS_HOST_PLANTED_PLANTED_H */
