/* nshlib/cmd_file.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Commands for files and folders.
 */

#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"

/* Reading */

/* Does something with each file named, or with stdin when none is. */

typedef int (*each_t)(struct nsh_s *sh, const char *command,
                      const char *path, int fd, long long limit);

static int each_file(struct nsh_s *sh, char **argv, int first, each_t each,
                     long long limit)
{
  int status = 0;
  int i = first;

  if (argv[i] == NULL)
    {
      return each(sh, argv[0], NULL, 0, limit);
    }

  for (; argv[i] != NULL && !nsh_interrupted(sh); i++)
    {
      int fd;

      if (strcmp(argv[i], "-") == 0)
        {
          status |= each(sh, argv[0], NULL, 0, limit);
          continue;
        }

      fd = nsh_open(argv[i], O_RDONLY);
      if (fd < 0)
        {
          status = nsh_failed(argv[0], "open", argv[i], errno);
          continue;
        }

      status |= each(sh, argv[0], argv[i], fd, limit);
      close(fd);
    }

  return status;
}

static int cat_one(struct nsh_s *sh, const char *command, const char *path,
                   int fd, long long limit)
{
  (void)limit;
  return nsh_copy_out(sh, command, path, fd);
}

int nsh_cmd_cat(struct nsh_s *sh, int argc, char **argv)
{
  (void)argc;
  return each_file(sh, argv, 1, cat_one, 0);
}

static int head_one(struct nsh_s *sh, const char *command, const char *path,
                    int fd, long long limit)
{
  while (limit > 0)
    {
      char c;
      ssize_t n = read(fd, &c, 1);     /* The rest is for others */

      if (n < 0)
        {
          return nsh_interrupted(sh) ? NSH_FAILURE :
                 nsh_failed(command, "read", path, errno);
        }

      if (n == 0 || putchar((unsigned char)c) == EOF)
        {
          break;
        }

      limit -= c == '\n';
    }

  return 0;
}

/* The oldest form, head -3, is the one that people type */

static bool is_count(const char *word)
{
  return word != NULL && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

static int cmd_head(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  long long limit = 10;
  int c;

  if (is_count(argv[1]))
    {
      if (!nsh_number(argv[1] + 1, 10, 0, INT64_MAX, &limit))
        {
          return nsh_invalid("head", argv[1]);
        }

      options.index = 2;
    }

  while ((c = nsh_option(&options, argc, argv, "n:")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      if (!nsh_number(options.value, 10, 0, INT64_MAX, &limit))
        {
          return nsh_invalid("head", options.value);
        }
    }

  return each_file(sh, argv, options.index, head_one, limit);
}

/* Dumps */

#define DUMP_LINE 16

static void dump_line(unsigned long long address, const unsigned char *data,
                      size_t n)
{
  size_t i;

  printf("%08llx:", address);
  for (i = 0; i < DUMP_LINE; i++)
    {
      if (i < n)
        {
          printf(" %02x", data[i]);
        }
      else
        {
          fputs("   ", stdout);
        }
    }

  fputs("  ", stdout);
  for (i = 0; i < n; i++)
    {
      putchar(data[i] >= ' ' && data[i] < 127 ? data[i] : '.');
    }

  putchar('\n');
}

/* Reads len bytes unless the file ends before; less, or -1 with errno. */

static ssize_t read_full(int fd, void *data, size_t len)
{
  size_t have = 0;

  while (have < len)
    {
      ssize_t n = read(fd, (char *)data + have, len - have);

      if (n < 0)
        {
          return -1;
        }

      if (n == 0)
        {
          break;
        }

      have += (size_t)n;
    }

  return (ssize_t)have;
}

/* Passes over the first bytes: by seeking, or by reading where the file
 * cannot seek.
 */

static bool dump_skip(int fd, long long skip)
{
  char data[512];

  if (skip == 0 || lseek(fd, (off_t)skip, SEEK_CUR) >= 0)
    {
      return true;
    }

  while (skip > 0)
    {
      size_t want = skip > (long long)sizeof(data) ? sizeof(data) :
                                                     (size_t)skip;
      ssize_t n = read(fd, data, want);

      if (n <= 0)
        {
          return n == 0;
        }

      skip -= n;
    }

  return true;
}

static int dump_file(struct nsh_s *sh, const char *path, int fd,
                     long long skip, long long count)
{
  unsigned long long address = (unsigned long long)skip;
  unsigned char data[DUMP_LINE];
  ssize_t n = 0;

  if (!dump_skip(fd, skip))
    {
      return nsh_failed("hexdump", "read", path, errno);
    }

  while (count > 0 && !nsh_interrupted(sh))
    {
      n = read_full(fd, data, count < DUMP_LINE ? (size_t)count : DUMP_LINE);
      if (n <= 0)
        {
          break;
        }

      dump_line(address, data, (size_t)n);
      address += (unsigned long long)n;
      count -= n;
    }

  if (n < 0 && !nsh_interrupted(sh))
    {
      return nsh_failed("hexdump", "read", path, errno);
    }

  return 0;
}

static int cmd_hexdump(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  long long skip = 0;
  long long count = INT64_MAX;
  int status;
  int fd = 0;
  int c;

  while ((c = nsh_option(&options, argc, argv, "s:n:")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      if (!nsh_number(options.value, 0, 0, INT64_MAX,
                      c == 's' ? &skip : &count))
        {
          return nsh_invalid("hexdump", options.value);
        }
    }

  if (argc - options.index > 1)
    {
      return nsh_toomany("hexdump");
    }

  if (options.index < argc)
    {
      fd = nsh_open(argv[options.index], O_RDONLY);
      if (fd < 0)
        {
          return nsh_failed("hexdump", "open", argv[options.index], errno);
        }
    }

  status = dump_file(sh, argv[options.index], fd, skip, count);
  if (fd > 0)
    {
      close(fd);
    }

  return status;
}

/* Memory, byte by byte, whatever lies there: sanitizers do not ask. */

__attribute__((no_sanitize("address")))
static void xd_copy(unsigned char *to, uintptr_t from, size_t len)
{
  const volatile unsigned char *data = (const unsigned char *)from;
  size_t i;

  for (i = 0; i < len; i++)
    {
      to[i] = data[i];
    }
}

static int cmd_xd(struct nsh_s *sh, int argc, char **argv)
{
  unsigned char data[DUMP_LINE];
  long long address;
  long long count;

  (void)argc;
  if (!nsh_number(argv[1], 16, 0, INT64_MAX, &address) ||
      address != (long long)(uintptr_t)address)
    {
      return nsh_invalid("xd", argv[1]);
    }

  if (!nsh_number(argv[2], 0, 0, 0x7fffffff, &count))
    {
      return nsh_invalid("xd", argv[2]);
    }

  while (count > 0 && !nsh_interrupted(sh))
    {
      size_t n = count < DUMP_LINE ? (size_t)count : DUMP_LINE;

      xd_copy(data, (uintptr_t)address, n);
      dump_line((unsigned long long)address, data, n);
      address += (long long)n;
      count -= (long long)n;
    }

  return 0;
}

static int cmp_files(struct nsh_s *sh, char **argv, const int fd[2])
{
  unsigned char data[2][4096];
  long long offset = 0;
  ssize_t n[2];
  ssize_t i;

  do
    {
      for (i = 0; i < 2; i++)
        {
          n[i] = read_full(fd[i], data[i], sizeof(data[i]));
          if (n[i] < 0)
            {
              nsh_failed("cmp", "read", argv[i + 1], errno);
              return NSH_SYNTAX;
            }
        }

      for (i = 0; i < n[0] && i < n[1] && data[0][i] == data[1][i]; i++)
        {
        }

      if (i < n[0] || i < n[1])
        {
          printf("files differ: byte %lld\n", offset + i + 1);
          return NSH_FAILURE;
        }

      offset += i;
    }
  while (n[0] > 0 && !nsh_interrupted(sh));

  return 0;
}

static int cmd_cmp(struct nsh_s *sh, int argc, char **argv)
{
  int status = NSH_SYNTAX;
  int fd[2];

  (void)argc;
  fd[0] = nsh_open(argv[1], O_RDONLY);
  if (fd[0] < 0)
    {
      nsh_failed("cmp", "open", argv[1], errno);
      return NSH_SYNTAX;
    }

  fd[1] = nsh_open(argv[2], O_RDONLY);
  if (fd[1] < 0)
    {
      nsh_failed("cmp", "open", argv[2], errno);
    }
  else
    {
      status = cmp_files(sh, argv, fd);
      close(fd[1]);
    }

  close(fd[0]);
  return status;
}

/* Changing */

static char *path_join(struct nsh_arena_s *arena, const char *folder,
                       const char *name)
{
  size_t len = strlen(folder);

  return nsh_format(arena, "%s%s%s", folder,
                    len > 0 && folder[len - 1] == '/' ? "" : "/", name);
}

/* The last part of a path, for a target that is a folder. */

static char *path_leaf(struct nsh_arena_s *arena, const char *path)
{
  size_t end = strlen(path);
  size_t begin;

  while (end > 1 && path[end - 1] == '/')
    {
      end--;
    }

  for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
    {
    }

  return nsh_text(arena, path + begin, end - begin);
}

static bool is_folder(const char *path)
{
  struct stat st;

  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The names in a folder, in order; false with errno.  "." and ".." are left
 * out.
 */

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool folder_names(struct nsh_arena_s *arena, const char *path,
                         struct nsh_args_s *names)
{
  DIR *dir = opendir(path);
  struct dirent *entry;

  if (dir == NULL)
    {
      return false;
    }

  while ((entry = readdir(dir)) != NULL)
    {
      if (strcmp(entry->d_name, ".") != 0 &&
          strcmp(entry->d_name, "..") != 0)
        {
          nsh_args_add(names, nsh_text(arena, entry->d_name,
                                       strlen(entry->d_name)));
        }
    }

  closedir(dir);
  if (names->n > 1)
    {
      qsort(names->v, names->n, sizeof(*names->v), compare_names);
    }

  return true;
}

/* Calls for each name in a folder with its path; the statuses together. */

typedef int (*inside_t)(struct nsh_s *sh, const char *path, const char *name,
                        void *arg);

static int inside_folder(struct nsh_s *sh, const char *command,
                         const char *path, inside_t each, void *arg)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_args_s names =
  {
    NULL, 0, 0
  };

  int status = 0;
  size_t i;

  if (!folder_names(&arena, path, &names))
    {
      return nsh_failed(command, "open", path, errno);
    }

  for (i = 0; i < names.n && !nsh_interrupted(sh); i++)
    {
      status |= each(sh, path_join(&arena, path, names.v[i]), names.v[i],
                     arg);
    }

  nsh_args_free(&names);
  nsh_arena_free(&arena);
  return status;
}

static int copy_data(struct nsh_s *sh, const char *from, const char *to,
                     int in, int out)
{
  char data[4096];
  ssize_t n;

  while ((n = read(in, data, sizeof(data))) > 0)
    {
      if (!nsh_write(out, data, (size_t)n))
        {
          return nsh_failed("cp", "write", to, errno);
        }

      if (nsh_interrupted(sh))
        {
          return NSH_FAILURE;
        }
    }

  return n == 0 ? 0 : nsh_failed("cp", "read", from, errno);
}

static int copy_file(struct nsh_s *sh, const char *from, const char *to)
{
  struct stat a;
  struct stat b;
  int status;
  int in;
  int out;

  in = nsh_open(from, O_RDONLY);
  if (in < 0)
    {
      return nsh_failed("cp", "open", from, errno);
    }

  if (fstat(in, &a) == 0 && stat(to, &b) == 0 && a.st_dev == b.st_dev &&
      a.st_ino == b.st_ino && a.st_ino != 0)
    {
      close(in);
      return nsh_error("cp: %s and %s are the same file", from, to);
    }

  out = nsh_open(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (out < 0)
    {
      status = nsh_failed("cp", "open", to, errno);
    }
  else
    {
      status = copy_data(sh, from, to, in, out);
      if (close(out) < 0 && status == 0)
        {
          status = nsh_failed("cp", "close", to, errno);
        }
    }

  close(in);
  return status;
}

static int copy_any(struct nsh_s *sh, const char *from, const char *to,
                    bool recursive);

static int copy_inside(struct nsh_s *sh, const char *path, const char *name,
                       void *arg)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  int status = copy_any(sh, path, path_join(&arena, arg, name), true);

  nsh_arena_free(&arena);
  return status;
}

/* "inside" would be copied into itself for ever. */

static bool is_within(const char *folder, const char *path)
{
  char *outer = realpath(folder, NULL);
  char *inner = realpath(path, NULL);
  size_t len = outer == NULL ? 0 : strlen(outer);
  bool within = outer != NULL && inner != NULL &&
                strncmp(outer, inner, len) == 0 &&
                (inner[len] == '\0' || inner[len] == '/' || len == 1);

  free(outer);
  free(inner);
  return within;
}

static int copy_any(struct nsh_s *sh, const char *from, const char *to,
                    bool recursive)
{
  if (!is_folder(from))
    {
      return copy_file(sh, from, to);
    }

  if (!recursive)
    {
      return nsh_error("cp: %s is a directory (cp -r copies it)", from);
    }

  if (mkdir(to, 0777) < 0 && (errno != EEXIST || !is_folder(to)))
    {
      return nsh_failed("cp", "mkdir", to, errno);
    }

  if (is_within(from, to))
    {
      return nsh_error("cp: %s is within %s", to, from);
    }

  return inside_folder(sh, "cp", from, copy_inside, (void *)to);
}

static int cmd_cp(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  bool recursive = false;
  const char *target;
  int status = 0;
  int i;
  int c;

  while ((c = nsh_option(&options, argc, argv, "rR")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      recursive = true;
    }

  if (argc - options.index < 2)
    {
      return nsh_missing("cp");
    }

  target = argv[argc - 1];
  if (argc - options.index > 2 && !is_folder(target))
    {
      return nsh_error("cp: %s is not a directory", target);
    }

  for (i = options.index; i < argc - 1 && !nsh_interrupted(sh); i++)
    {
      status |= copy_any(sh, argv[i], is_folder(target) ?
                         path_join(&arena, target,
                                   path_leaf(&arena, argv[i])) : target,
                         recursive);
    }

  nsh_arena_free(&arena);
  return status;
}

static int cmd_mv(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  const char *target = argv[argc - 1];
  int status = 0;
  int i;

  if (argc > 3 && !is_folder(target))
    {
      return nsh_error("mv: %s is not a directory", target);
    }

  for (i = 1; i < argc - 1 && !nsh_interrupted(sh); i++)
    {
      const char *to = is_folder(target) ?
                       path_join(&arena, target,
                                 path_leaf(&arena, argv[i])) : target;

      if (rename(argv[i], to) < 0)
        {
          status = nsh_failed("mv", "rename", argv[i], errno);
        }
    }

  nsh_arena_free(&arena);
  return status;
}

struct rm_s
{
  bool recursive;
  bool force;
};

static int remove_inside(struct nsh_s *sh, const char *path,
                         const char *name, void *arg)
{
  struct rm_s *rm = arg;
  struct stat st;
  int status = 0;

  (void)name;
  if (lstat(path, &st) < 0)
    {
      return rm->force && errno == ENOENT ? 0 :
             nsh_failed("rm", "stat", path, errno);
    }

  if (!S_ISDIR(st.st_mode))
    {
      return unlink(path) == 0 ? 0 : nsh_failed("rm", "unlink", path, errno);
    }

  if (!rm->recursive)
    {
      return nsh_error("rm: %s is a directory (rm -r removes it)", path);
    }

  status = inside_folder(sh, "rm", path, remove_inside, rm);
  if (status == 0 && !nsh_interrupted(sh) && rmdir(path) < 0)
    {
      status = nsh_failed("rm", "rmdir", path, errno);
    }

  return status;
}

static int cmd_rm(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  struct rm_s rm =
  {
    false, false
  };

  int status = 0;
  int i;
  int c;

  while ((c = nsh_option(&options, argc, argv, "rRf")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      rm.force |= c == 'f';
      rm.recursive |= c != 'f';
    }

  if (options.index == argc)
    {
      return rm.force ? 0 : nsh_missing("rm");
    }

  for (i = options.index; i < argc && !nsh_interrupted(sh); i++)
    {
      status |= remove_inside(sh, argv[i], NULL, &rm);
    }

  return status;
}

/* All folders on the way to a path that are missing. */

static int make_parents(struct nsh_arena_s *arena, const char *path)
{
  char *part = nsh_text(arena, path, strlen(path));
  char *slash = part;

  for (; ; )
    {
      slash += strspn(slash, "/");
      slash += strcspn(slash, "/");
      if (*slash == '\0')
        {
          break;
        }

      *slash = '\0';
      if (mkdir(part, 0777) < 0 && !is_folder(part))
        {
          return nsh_failed("mkdir", "mkdir", part, errno);
        }

      *slash = '/';
    }

  if (mkdir(part, 0777) < 0 && !is_folder(part))
    {
      return nsh_failed("mkdir", "mkdir", part, errno);
    }

  return 0;
}

static int cmd_mkdir(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  bool parents = false;
  int status = 0;
  int i;
  int c;

  (void)sh;
  while ((c = nsh_option(&options, argc, argv, "p")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      parents = true;
    }

  if (options.index == argc)
    {
      return nsh_missing("mkdir");
    }

  for (i = options.index; i < argc; i++)
    {
      if (parents)
        {
          status |= make_parents(&arena, argv[i]);
        }
      else if (mkdir(argv[i], 0777) < 0)
        {
          status = nsh_failed("mkdir", "mkdir", argv[i], errno);
        }
    }

  nsh_arena_free(&arena);
  return status;
}

static int cmd_rmdir(struct nsh_s *sh, int argc, char **argv)
{
  int status = 0;
  int i;

  (void)sh;
  for (i = 1; i < argc; i++)
    {
      if (rmdir(argv[i]) < 0)
        {
          status = nsh_failed("rmdir", "rmdir", argv[i], errno);
        }
    }

  return status;
}

/* ls */

struct ls_s
{
  bool detailed;
  bool all;
  bool recursive;
};

static char mode_letter(mode_t mode)
{
  return S_ISDIR(mode) ? 'd' : S_ISCHR(mode) ? 'c' : S_ISBLK(mode) ? 'b' :
         S_ISLNK(mode) ? 'l' : S_ISFIFO(mode) ? 'p' :
         S_ISSOCK(mode) ? 's' : '-';
}

static int ls_entry(struct nsh_s *sh, const char *path, const char *name,
                    void *arg)
{
  const struct ls_s *ls = arg;
  struct stat st;
  bool known = lstat(path, &st) == 0;
  int errcode = errno;
  int bit;

  (void)sh;
  if (name[0] == '.' && !ls->all)
    {
      return 0;
    }

  if (ls->detailed && !known)
    {
      return nsh_failed("ls", "stat", path, errcode);
    }

  putchar(' ');
  if (ls->detailed)
    {
      putchar(mode_letter(st.st_mode));
      for (bit = 8; bit >= 0; bit--)
        {
          putchar(st.st_mode >> bit & 1 ? "xwr"[bit % 3] : '-');
        }

      printf(" %11lld ", (long long)st.st_size);
    }

  printf("%s%s\n", name, known && S_ISDIR(st.st_mode) ? "/" : "");
  return 0;
}

static int ls_folder(struct nsh_s *sh, const char *path, struct ls_s *ls);

/* For -R, after the entries of a folder have been shown. */

static int ls_below(struct nsh_s *sh, const char *path, const char *name,
                    void *arg)
{
  struct ls_s *ls = arg;
  struct stat st;

  return (name[0] == '.' && !ls->all) || lstat(path, &st) < 0 ||
         !S_ISDIR(st.st_mode) ? 0 : ls_folder(sh, path, ls);
}

static int ls_folder(struct nsh_s *sh, const char *path, struct ls_s *ls)
{
  int status;

  printf("%s:\n", path);
  if (ls->all)
    {
      ls_entry(sh, path, ".", ls);
    }

  status = inside_folder(sh, "ls", path, ls_entry, ls);
  if (ls->recursive && status == 0)
    {
      status = inside_folder(sh, "ls", path, ls_below, ls);
    }

  return status;
}

static int ls_one(struct nsh_s *sh, const char *path, struct ls_s *ls)
{
  struct ls_s named = *ls;
  struct stat st;

  if (lstat(path, &st) < 0)
    {
      return nsh_failed("ls", "stat", path, errno);
    }

  named.all = true;                    /* A name that was given is shown */
  return is_folder(path) ? ls_folder(sh, path, ls) :
                           ls_entry(sh, path, path, &named);
}

static int cmd_ls(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  struct ls_s ls =
  {
    false, false, false
  };

  int status = 0;
  int i;
  int c;

  while ((c = nsh_option(&options, argc, argv, "laR")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      ls.detailed |= c == 'l';
      ls.all |= c == 'a';
      ls.recursive |= c == 'R';
    }

  if (options.index == argc)
    {
      char *here = getcwd(NULL, 0);

      status = ls_one(sh, here == NULL ? "." : here, &ls);
      free(here);
    }

  for (i = options.index; i < argc && !nsh_interrupted(sh); i++)
    {
      status |= ls_one(sh, argv[i], &ls);
    }

  return status;
}

const struct nsh_command_s g_nsh_file_commands[] =
{
  {"cat", nsh_cmd_cat, 1, NSH_MAXARGS, "[<path>...]", "Show files", NULL},
  {"cmp", cmd_cmp, 3, 3, "<path> <path>",
   "Compare files: status 0 if they are equal", NULL},
  {"cp", cmd_cp, 3, NSH_MAXARGS, "[-r] <path>... <target>", "Copy files",
   NULL},
  {"head", cmd_head, 1, NSH_MAXARGS, "[-n <lines> | -<lines>] [<path>...]",
   "Show the first lines of files", NULL},
  {"hexdump", cmd_hexdump, 1, 6, "[-s <skip>] [-n <count>] [<path>]",
   "Show the bytes of a file", NULL},
  {"ls", cmd_ls, 1, NSH_MAXARGS, "[-laR] [<path>...]",
   "Show what is in a directory", NULL},
  {"mkdir", cmd_mkdir, 2, NSH_MAXARGS, "[-p] <path>...", "Make directories",
   NULL},
  {"mv", cmd_mv, 3, NSH_MAXARGS, "<path>... <target>",
   "Rename or move files", NULL},
  {"rm", cmd_rm, 2, NSH_MAXARGS, "[-rf] <path>...", "Remove files", NULL},
  {"rmdir", cmd_rmdir, 2, NSH_MAXARGS, "<path>...",
   "Remove directories that are empty", NULL},
  {"xd", cmd_xd, 3, 3, "<hex-address> <byte-count>", "Show memory", NULL},
  {NULL, NULL, 0, 0, NULL, NULL, NULL}
};
