/* volumes - what disks begin with, made byte by byte, for tests of what is found on them. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VOLUME_SIZE = 2 << 20 }; /* larger than what libblkid takes for a floppy disk */

/* LUKS on-disk format 1.2.3, figure 1; LUKS2 on-disk format 1.1.1, figure 2: the same beginning,
 * and a label at byte 24. */
static inline void volume_luks(uint8_t *volume, uint8_t version, const char *label)
{
	memcpy(volume, "LUKS\xba\xbe", 6);
	volume[7] = version;
	if (version == 2)
		strcpy((char *)volume + 24, label);
}

/* The boot sector, and one of the three blocks of metadata that it tells of, at 64 KiB. */
static inline void volume_bitlocker(uint8_t *volume)
{
	memcpy(volume, "\xeb\x58\x90-FVE-FS-", 11);
	volume[12] = 2; /* 512 bytes a sector */
	volume[178] = 1;
	memcpy(volume + (64 << 10), "-FVE-FS-", 8);
	volume[(64 << 10) + 10] = 2;
}

/* ext2 as of Documentation/filesystems/ext4/super.rst. */
static inline void volume_ext2(uint8_t *volume, const char *label)
{
	volume[1024 + 4] = 64; /* blocks */
	volume[1024 + 20] = 1;
	volume[1024 + 0x38] = 0x53;
	volume[1024 + 0x39] = 0xef;
	volume[1024 + 0x4c] = 1; /* revision */
	strcpy((char *)volume + 1024 + 0x78, label);
}

/* A boot sector of FAT12 with one FAT. */
static inline void volume_fat(uint8_t *volume, const char *label)
{
	memcpy(volume, "\xeb\x3c\x90mkfs.fat", 11);
	volume[12] = 2; /* 512 bytes a sector */
	volume[13] = 1;
	volume[14] = 1;
	volume[16] = 1;
	volume[17] = 16; /* entries of the root directory */
	volume[20] = 2;	 /* 512 sectors */
	volume[21] = 0xf8;
	volume[22] = 2;
	volume[38] = 0x29;
	memcpy(volume + 54, "FAT12   ", 8);
	memcpy(volume + 510, "\x55\xaa", 2);
	memset(volume + 1536, ' ', 11); /* the first entry of the root directory */
	memcpy(volume + 1536, label, strlen(label));
	volume[1536 + 11] = 8;
}
