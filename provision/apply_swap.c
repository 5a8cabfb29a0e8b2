/* SPDX-License-Identifier: MIT */
/*
 * The actuators of a swapfile: made, changed, switched on and off, removed. Each puts back what it
 * can when it fails; the order of the steps is the plan's.
 */
#include "apply_parts.h"

#include <fcntl.h>
#include <sys/swap.h>

/* linux/swap.h has them for the kernel only. */
#define DISCARD_FLAG_ONCE  0x20000
#define DISCARD_FLAG_PAGES 0x40000

/* --- the swapfile --- */

/* The directory of a swapfile that is to be, by its own name in the one above. */
struct own_directory {
	char path[sizeof(((struct found *)0)->path)];
	struct walk walk;
	struct swapdir dir;
};

static int open_above(const struct apply *apply, const struct found *file,
		      struct own_directory *ret, struct err *err)
{
	strcpy(ret->path, file->path);
	*strrchr(ret->path, '/') = '\0';
	root_walk_parent(apply->root, ret->path, &ret->walk);
	if (ret->walk.fault != WALK_OK)
		return err_set(err, -ESTALE, "%s%s: the directory above changed meanwhile",
			       apply->root->name, ret->path);
	ret->dir = (struct swapdir){
		.above = ret->walk.fd,
		.name = strrchr(ret->path, '/') + 1,
		.path = ret->path,
	};
	return 0;
}

/* Made just now, it goes with the swapfile that could not be made in it. */
static void remove_directory(const struct apply *apply, const struct found *file)
{
	struct own_directory own;
	struct err undo_err;

	if (open_above(apply, file, &own, &undo_err) < 0)
		return;
	(void)!swapdir_remove(&own.dir, &undo_err);
	close(own.walk.fd);
}

/* Where the plan found none. */
static int make_directory(const struct apply *apply, const struct found *file, struct made *made,
			  struct err *err)
{
	struct own_directory own;
	int r = open_above(apply, file, &own, err);

	if (r < 0)
		return r;
	r = swapdir_make(&own.dir, err);
	made->directory = r > 0;
	close_keeping_errno(own.walk.fd);
	return r < 0 ? r : 0;
}

int apply_open_place(const struct apply *apply, const struct found *file, struct walk *walk,
		     struct swapfile_place *ret, struct err *err)
{
	root_walk_parent(apply->root, file->path, walk);
	if (walk->fault != WALK_OK)
		return err_set(err, -ESTALE, "%s%s: its directory changed meanwhile",
			       apply->root->name, file->path);
	*ret = (struct swapfile_place){
		.dir = walk->fd,
		.name = strrchr(file->path, '/') + 1,
		.path = file->path,
	};
	return 0;
}

static bool selinux_is_on(const struct root *root)
{
	_cleanup_close_ int fd = -1;

	if (!root->is_system)
		return false;
	fd = root_openat(root, "/sys/fs/selinux/enforce", O_PATH, 0);
	return fd >= 0;
}

bool apply_swaps_to(const struct apply *apply, const struct found *file)
{
	return file->active && apply->facts->is_system;
}

/* A file that is remade or resized keeps the UUID and label it has. */
static int make_spec(const struct apply *apply, const struct step *step, struct swapfile_spec *ret)
{
	const struct found *file = step->file;

	*ret = (struct swapfile_spec){
		.size_bytes = step->want.number,
		.page_bytes = apply->facts->page_bytes,
		.owner = apply->facts->owner,
		.set_owner = apply->facts->privileged,
		.selinux = selinux_is_on(apply->root),
		.progress = apply->progress,
	};
	if (file->kind == FOUND_SWAP) {
		memcpy(ret->uuid, file->header.uuid, sizeof(ret->uuid));
		memcpy(ret->label, file->header.label, sizeof(ret->label));
		return 0;
	}
	strcpy(ret->label, SWAPHEADER_LABEL);
	return swapfile_uuid(ret->uuid);
}

static int make(const struct swapfile_place *place, const struct swapfile_spec *spec,
		struct made *made, struct err *err)
{
	int r = swapfile_make(place, spec, &made->st, err);

	made->by_us = r >= 0;
	made->is_new = true;
	made->allocated = r == 0;
	made->spec = *spec;
	return r;
}

static int swapon_flags(const struct fstab_want *want)
{
	static const int discards[] = {
		[DISCARD_NONE] = 0,
		[DISCARD_ONCE] = SWAP_FLAG_DISCARD | DISCARD_FLAG_ONCE,
		[DISCARD_PAGES] = SWAP_FLAG_DISCARD | DISCARD_FLAG_PAGES,
		[DISCARD_BOTH] = SWAP_FLAG_DISCARD,
	};

	return discards[want->discard] |
		(want->priority < 0 ? 0 : SWAP_FLAG_PREFER | want->priority);
}

/* What went wrong while it was undone, behind what went wrong first. */
static void add_err(struct err *err, const char *words, const struct err *more)
{
	char reason[sizeof(err->msg)];

	memcpy(reason, err->msg, sizeof(reason));
	(void)err_set(err, err->code, "%.500s; %s: %.400s", reason, words, more->msg);
}

/*
 * On again after a failed change: a machine in use keeps the swap it has, at the priority it had.
 * Also when it is not known whether swapoff came about; then it may be on still.
 */
static void put_back(const struct apply *apply, int fd, const struct swapfile_place *place,
		     const struct found *file, struct err *err)
{
	struct fstab_want want = apply->target->fstab;
	struct err again;
	struct stat st;

	want.priority = file->priority;
	/* An error does not tell: EBUSY is that of a btrfs at work, too. */
	if (swapfile_activate(apply->kernel, fd, place, swapon_flags(&want), &again) == 0 ||
	    (fstat(fd, &st) == 0 && apply->kernel->swaps_to(&st)))
		return;
	add_err(err, "and it is off now", &again);
}

/* Off, changed, and on again by the step that follows, which gets the descriptor. */
static int change_active(const struct apply *apply, int fd, const struct swapfile_place *place,
			 const struct swapfile_spec *spec, const struct found *file, int *ret_fd,
			 struct err *err)
{
	_cleanup_close_ int again = -1;
	int r = swapfile_deactivate(apply->kernel, fd, place, err);

	/* Again, for writing: what is active can be opened for reading only. */
	if (r == 0)
		r = again = swapfile_open(place, file->dev, file->ino, err);
	if (again >= 0)
		r = swapfile_own(again, place, spec, err);
	if (again >= 0 && r == 0)
		r = swapfile_resize(again, place, spec, err);
	if (r < 0)
		put_back(apply, fd, place, file, err);
	else
		*ret_fd = TAKE_FD(again);
	return r;
}

static int change_present(const struct apply *apply, const struct step *step,
			  const struct swapfile_place *place, const struct swapfile_spec *spec,
			  struct made *made, struct err *err)
{
	_cleanup_close_ int fd = swapfile_open(place, step->file->dev, step->file->ino, err);
	int r;

	if (fd < 0)
		return fd;
	if (step->action != FILE_MODE && apply_swaps_to(apply, step->file))
		return change_active(apply, fd, place, spec, step->file, &made->fd, err);
	r = swapfile_own(fd, place, spec, err);
	if (r < 0)
		return r;
	return step->action == FILE_MODE ? swapfile_sync(fd, place, err)
					 : swapfile_resize(fd, place, spec, err);
}

static int run_action(const struct apply *apply, const struct step *step,
		      const struct swapfile_place *place, const struct swapfile_spec *spec,
		      struct made *made, struct err *err)
{
	const struct found *file = step->file;
	int r = 0;

	switch (step->action) {
	case FILE_KEEP:
		break;
	case FILE_MAKE:
		r = make(place, spec, made, err);
		break;
	case FILE_REMAKE:
		/* Away with it first: there may not be room for both. */
		r = swapfile_unlink(place, file->dev, file->ino, err);
		if (r == 0)
			r = make(place, spec, made, err);
		break;
	case FILE_REHEADER:
	case FILE_GROW:
	case FILE_SHRINK:
	case FILE_MODE:
		r = change_present(apply, step, place, spec, made, err);
		made->allocated = r == 0 && step->action == FILE_GROW;
		made->grown = r >= 0 && step->action == FILE_GROW;
		made->spec = *spec;
		break;
	case FILE_REMOVE:
		r = swapfile_unlink(place, file->dev, file->ino, err);
		break;
	}
	return r;
}

int apply_swapfile(const struct apply *apply, const struct step *step, struct made *made,
		   struct err *err)
{
	const struct found *file = step->file;
	struct swapfile_place place = { .dir = -1 };
	struct swapfile_spec spec;
	struct walk walk;
	int r = make_spec(apply, step, &spec);

	if (r < 0)
		return err_sys(err, r, "cannot make a UUID for %s", file->path);
	if (file->dir_missing) {
		r = make_directory(apply, file, made, err);
		if (r < 0)
			return r;
	}
	r = apply_open_place(apply, file, &walk, &place, err);
	if (r == 0) {
		r = run_action(apply, step, &place, &spec, made, err);
		close_keeping_errno(walk.fd);
	}
	if (r < 0 && made->directory)
		remove_directory(apply, file);
	return r;
}

/* --- swapon and swapoff --- */

static int switch_swap(const struct apply *apply, const struct step *step,
		       const struct swapfile_place *place, const struct stat *st, struct err *err)
{
	_cleanup_close_ int fd = swapfile_open(place, st->st_dev, st->st_ino, err);

	if (fd < 0)
		return fd;
	if (!step->activate)
		return swapfile_deactivate(apply->kernel, fd, place, err);
	return swapfile_activate(apply->kernel, fd, place, swapon_flags(&apply->target->fstab),
				 err);
}

/*
 * What was grown is cut, and grown again: it was in use, and there may not be room for another.
 * What is new goes first. Either is inactive, and holds nothing.
 */
static int make_of_zeros(const struct swapfile_place *place, const struct found *file,
			 struct made *made, struct err *err)
{
	struct swapfile_spec spec = made->spec;
	_cleanup_close_ int fd = -1;
	int r;

	if (made->by_us) {
		r = swapfile_unlink(place, made->st.st_dev, made->st.st_ino, err);
		if (r < 0)
			return r;
		spec.zeros = true;
		r = make(place, &spec, made, err);
		made->undone = r < 0;
		return r;
	}
	r = fd = swapfile_open(place, file->dev, file->ino, err);
	if (r < 0)
		return r;
	spec.size_bytes = file->size_bytes;
	r = swapfile_resize(fd, place, &spec, err);
	if (r < 0)
		return r;
	spec = made->spec;
	spec.zeros = true;
	return swapfile_resize(fd, place, &spec, err);
}

/* A new file goes again, with the directory that was made for it. */
static void undo_new(const struct apply *apply, const struct found *file,
		     const struct swapfile_place *place, struct made *made, struct err *err)
{
	struct err undo_err;

	if (made->by_us && swapfile_unlink(place, made->st.st_dev, made->st.st_ino, &undo_err) < 0)
		add_err(err, "and the new file could not be taken away", &undo_err);
	made->undone = !swapfile_is_there(place, made->st.st_dev, made->st.st_ino);
	if (made->undone && made->directory)
		remove_directory(apply, file);
}

/* A former one has its former size again, and is active again where it was. */
static void undo_change(const struct apply *apply, const struct found *file,
			const struct swapfile_place *place, struct made *made, struct err *err)
{
	struct swapfile_spec spec = made->spec;
	_cleanup_close_ int opened = -1;
	struct err undo_err;
	int fd = made->fd;

	if (fd < 0)
		fd = opened = swapfile_open(place, file->dev, file->ino, &undo_err);
	if (fd < 0) {
		add_err(err,
			apply_swaps_to(apply, file) ? "and it is off now" : "and it stays changed",
			&undo_err);
		return;
	}
	spec.size_bytes = file->size_bytes;
	made->undone = made->grown && swapfile_resize(fd, place, &spec, &undo_err) >= 0;
	if (made->grown && !made->undone)
		add_err(err, "and it could not be cut again", &undo_err);
	if (apply_swaps_to(apply, file))
		put_back(apply, fd, place, file, err);
}

int apply_swapon(const struct apply *apply, const struct step *step, struct made *made,
		 struct err *err)
{
	const struct found *file = step->file;
	struct swapfile_place place = { .dir = -1, .path = file->path };
	struct walk walk;
	int r = apply_open_place(apply, file, &walk, &place, err);

	if (r < 0) {
		/* What lies there now is another's; what was switched off is in our hands. */
		if (step->activate && made->fd >= 0)
			undo_change(apply, file, &place, made, err);
		return r;
	}
	if (!made->by_us) {
		made->st.st_dev = file->dev;
		made->st.st_ino = file->ino;
	}
	r = switch_swap(apply, step, &place, &made->st, err);
	if (r == -ENODATA && made->allocated) {
		r = make_of_zeros(&place, file, made, err);
		if (r >= 0)
			r = switch_swap(apply, step, &place, &made->st, err);
	}
	if (r < 0 && step->activate && made->is_new)
		undo_new(apply, file, &place, made, err);
	else if (r < 0 && step->activate)
		undo_change(apply, file, &place, made, err);
	/* It was for this step, and a later one may be about another file. */
	if (step->activate && made->fd >= 0) {
		close_keeping_errno(made->fd);
		made->fd = -1;
	}
	close_keeping_errno(walk.fd);
	return r < 0 ? r : 0;
}
