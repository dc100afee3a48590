/* Whose a node is, on a sysfs of plain files: every kind of path, what the kernel says along it,
 * paths cut short, and names that only look like it. */
#include "fake.h"

#include <limits.h>

#include "agent/enforcer/origin.h"
#include "agent/enforcer/places.h"

#define PCI	"devices/pci0000:00/"
#define OUTSIDE PCI "0000:00:07.0/0000:04:00.0/"
#define SLOT	PCI "0000:00:03.0/0000:01:00.0/"
#define INSIDE	PCI "0000:00:1f.2/"
#define CARD	PCI "0000:00:04.0/mmc_host/mmc0/mmc0:aaaa"
#define READER	PCI "0000:00:14.0/usb1/1-2/1-2:1.0/"

static struct fake fake;

/* An attribute of a directory that is made for it. */
static void set(const char *directory, const char *name, const char *value)
{
	fake_mkdir(&fake, directory);
	fake_set(&fake, directory, name, value);
}

static void add_slot(const char *name, const char *address, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "bus/pci/slots/%s", name);
	set(path, "address", address);
	set(path, file, "1");
}

/* A SCSI device of @type at @path; @rmb: what its INQUIRY data has as byte 1. */
static void add_scsi(const char *path, const char *type, char rmb)
{
	const char inquiry[36] = { 0, rmb };
	char file[256];

	set(path, "type", type);
	snprintf(file, sizeof(file), "%s/inquiry", path);
	fake_write(&fake, file, inquiry, sizeof(inquiry));
}

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	set(PCI "0000:00:07.0/0000:04:00.0", "removable", "removable");
	set(PCI "0000:00:1f.2", "removable", "fixed");
	add_slot("0", "0000:01:00", "adapter");
	add_slot("1", "0000:02:00", "cur_bus_speed"); /* a slot without hot-plug */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_finish(&fake);
	return 0;
}

static struct origin look(const char *path)
{
	struct origin origin;

	memset(&origin, 0xff, sizeof(origin));
	origin_of_path(fake.fd, path, &origin);
	return origin;
}

static void assert_inside(const char *path)
{
	if (look(path).portable)
		fail_msg("%s is taken for portable", path);
}

static void assert_portable(const char *path, enum bus bus, const char *port)
{
	const struct origin origin = look(path);

	if (!origin.portable)
		fail_msg("%s is taken for the machine's", path);
	assert_int_equal(origin.place.bus, bus);
	assert_string_equal(origin.place.port, port);
	assert_string_equal(origin.owner.port, port);
	if (bus == BUS_USB)
		return;
	assert_int_equal(origin.owner.config, 0);
	assert_int_equal(origin.owner.number, 0);
	assert_int_equal(strncmp(path, origin.place.path, strlen(origin.place.path)), 0);
	assert_true(place_has(&origin.place, path));
}

static void test_usb(void **state)
{
	(void)state;
	assert_portable(READER "host6/target6:0:0/6:0:0:0/block/sdb/sdb1", BUS_USB, "1-2");
	assert_int_equal(look(READER "host6/target6:0:0/6:0:0:0/block/sdb").owner.config, 1);
	/* An optical drive on USB is a USB device. */
	add_scsi(READER "host6/target6:0:0/6:0:0:0", "5", (char)0x80);
	assert_portable(READER "host6/target6:0:0/6:0:0:0/block/sr0", BUS_USB, "1-2");
}

static void test_cards(void **state)
{
	(void)state;
	set(CARD, "type", "SD");
	assert_portable(CARD, BUS_MMC, "mmc0:aaaa");
	assert_portable(CARD "/block/mmcblk0/mmcblk0p1", BUS_MMC, "mmc0:aaaa");
	assert_string_equal(look(CARD "/block/mmcblk0").place.path, CARD);
	assert_int_equal(look(CARD).place.connect, CONNECT_HOTPLUG);
	fake_set(&fake, CARD, "type", "SDIO");
	assert_inside(CARD "/mmc0:aaaa:1");
	/* A card says itself that it is no SD card: that does not make it the machine's. */
	fake_set(&fake, CARD, "type", "MMC");
	assert_portable(CARD "/block/mmcblk0boot0", BUS_MMC, "mmc0:aaaa");
	fake_set(&fake, CARD, "removable", "removable");
	assert_portable(CARD "/block/mmcblk0", BUS_MMC, "mmc0:aaaa");
	fake_set(&fake, CARD, "removable", "fixed");
	assert_inside(CARD "/block/mmcblk0");
	/* Its attributes have gone: so will it. */
	assert_portable(PCI "0000:00:04.0/mmc_host/mmc1/mmc1:0001/block/mmcblk1", BUS_MMC,
			"mmc1:0001");
}

static void test_card_that_firmware_calls_fixed(void **state)
{
	(void)state;
	set("devices/platform/soc/fe340000.mmc/mmc_host/mmc2/mmc2:0001", "type", "MMC");
	assert_portable("devices/platform/soc/fe340000.mmc/mmc_host/mmc2/mmc2:0001/block/mmcblk2",
			BUS_MMC, "mmc2:0001");
	set("devices/platform/soc/fe340000.mmc/of_node", "non-removable", "");
	assert_inside("devices/platform/soc/fe340000.mmc/mmc_host/mmc2/mmc2:0001/block/mmcblk2");
}

/* A card in a reader on USB is judged as the card that it is. */
static void test_card_in_a_reader_on_usb(void **state)
{
	(void)state;
	assert_portable(READER "rtsx_usb_sdmmc.1.auto/mmc_host/mmc0/mmc0:1234/block/mmcblk0",
			BUS_MMC, "mmc0:1234");
}

static void test_nvme(void **state)
{
	(void)state;
	assert_portable(SLOT "nvme/nvme0/nvme0n1/nvme0n1p1", BUS_NVME, "0000:01:00.0");
	assert_string_equal(look(SLOT "nvme/nvme0/ng0n1").place.path, SLOT "nvme/nvme0");
	assert_portable(OUTSIDE "nvme/nvme1/nvme1n1", BUS_NVME, "0000:04:00.0");
	/* Below the one that is outside everything is. */
	assert_portable(OUTSIDE "0000:05:01.0/0000:06:00.0/nvme/nvme1/nvme1n1", BUS_NVME,
			"0000:06:00.0");
	assert_inside(PCI "0000:00:04.0/0000:02:00.0/nvme/nvme2/nvme2n1"); /* slot 1 */
	assert_inside(PCI "0000:00:05.0/nvme/nvme2/nvme2n1");
	assert_inside("devices/virtual/nvme-fabrics/ctl/nvme3/nvme3n1");
	/* the same device, another function; and an address that only begins alike */
	assert_portable(PCI "0000:00:03.0/0000:01:00.1/nvme/nvme0/nvme0n1", BUS_NVME,
			"0000:01:00.1");
	assert_inside(PCI "0000:00:03.0/0000:01:001.0/nvme/nvme0/nvme0n1");
}

/* A device that says it has several controllers has its disks elsewhere. */
static void test_nvme_of_several_controllers(void **state)
{
	(void)state;
	fake_mkdir(&fake, "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	fake_mkdir(&fake, SLOT "nvme/nvme0");
	fake_mkdir(&fake, PCI "0000:00:05.0/nvme/nvme1");
	fake_run(&fake, "ln -s ../../../../" PCI "0000:00:05.0/nvme/nvme1 "
			"devices/virtual/nvme-subsystem/nvme-subsys0/nvme1");
	assert_inside("devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	fake_run(&fake, "ln -s ../../../../" SLOT "nvme/nvme0 "
			"devices/virtual/nvme-subsystem/nvme-subsys0/nvme0");
	{
		const struct origin origin =
			look("devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1");

		assert_true(origin.portable);
		assert_string_equal(origin.place.port, "0000:01:00.0");
		assert_string_equal(origin.place.path, SLOT "nvme/nvme0");
	}
	/* a subsystem that leads to itself */
	fake_run(&fake, "rm devices/virtual/nvme-subsystem/nvme-subsys0/nvme* 2>/dev/null;"
			"ln -s ../../../../devices/virtual/nvme-subsystem/nvme-subsys0 "
			"devices/virtual/nvme-subsystem/nvme-subsys0/nvme0");
	assert_inside("devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
}

static void test_ata(void **state)
{
	(void)state;
	add_scsi(INSIDE "ata1/host0/target0:0:0/0:0:0:0", "0", 0);
	assert_inside(INSIDE "ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1");
	/* the kernel's word that the port is external */
	add_scsi(INSIDE "ata2/host1/target1:0:0/1:0:0:0", "0", (char)0x80);
	assert_portable(INSIDE "ata2/host1/target1:0:0/1:0:0:0/block/sdb", BUS_ATA, "ata2");
	assert_portable(INSIDE "ata2/host1/target1:0:0/1:0:0:0/bsg/1:0:0:0", BUS_ATA, "ata2");
	/* behind a port multiplier */
	add_scsi(INSIDE "ata2/host1/target1:1:0/1:1:0:0", "0", (char)0x80);
	assert_portable(INSIDE "ata2/host1/target1:1:0/1:1:0:0/block/sdc", BUS_ATA, "ata2:1:0:0");
	add_scsi(SLOT "ata5/host4/target4:0:0/4:0:0:0", "0", 0);
	assert_portable(SLOT "ata5/host4/target4:0:0/4:0:0:0/block/sdd", BUS_ATA, "ata5");
	add_scsi(OUTSIDE "ata6/host5/target5:0:0/5:0:0:0", "0", 0);
	assert_portable(OUTSIDE "ata6/host5/target5:0:0/5:0:0:0/block/sde", BUS_ATA, "ata6");
	/* without INQUIRY data nobody knows */
	set(INSIDE "ata3/host2/target2:0:0/2:0:0:0", "type", "0");
	assert_portable(INSIDE "ata3/host2/target2:0:0/2:0:0:0/block/sdf", BUS_ATA, "ata3");
}

static void test_scsi(void **state)
{
	(void)state;
	/* A disk's own RMB bit says nothing of where it is. */
	add_scsi(PCI "0000:00:06.0/virtio2/host7/target7:0:0/7:0:0:0", "0", (char)0x80);
	assert_inside(PCI "0000:00:06.0/virtio2/host7/target7:0:0/7:0:0:0/block/sdg");
	add_scsi(SLOT "host8/target8:0:1/8:0:1:0", "0", 0);
	assert_inside(SLOT "host8/target8:0:1/8:0:1:0/block/sdh");
	add_scsi(OUTSIDE "host9/target9:0:1/9:0:1:0", "0", 0);
	assert_portable(OUTSIDE "host9/target9:0:1/9:0:1:0/block/sdi", BUS_ATA, "scsi9:0:1:0");
	add_scsi(INSIDE "fw1/fw1.0/host3/target3:0:0/3:0:0:0", "0", 0);
	assert_portable(INSIDE "fw1/fw1.0/host3/target3:0:0/3:0:0:0/block/sdj", BUS_ATA,
			"scsi3:0:0:0");
}

static void test_optical(void **state)
{
	static const char *const types[] = { "4", "5", "7" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		add_scsi(INSIDE "ata4/host3/target3:0:0/3:0:0:0", types[i], (char)0x80);
		assert_portable(INSIDE "ata4/host3/target3:0:0/3:0:0:0/block/sr0", BUS_OPTICAL,
				"ata4");
	}
	assert_int_equal(look(INSIDE "ata4/host3/target3:0:0/3:0:0:0").place.connect,
			 CONNECT_HARDWIRED);
	add_scsi(SLOT "ata7/host6/target6:0:0/6:0:0:0", "5", (char)0x80);
	assert_int_equal(look(SLOT "ata7/host6/target6:0:0/6:0:0:0").place.connect,
			 CONNECT_HOTPLUG);
	add_scsi(PCI "0000:00:06.0/virtio2/host7/target7:0:2/7:0:2:0", "5", (char)0x80);
	assert_portable(PCI "0000:00:06.0/virtio2/host7/target7:0:2/7:0:2:0/scsi_generic/sg3",
			BUS_OPTICAL, "scsi7:0:2:0");
}

/* An event may be read when its drive has been taken away, to come again under the same name: it is
 * not to be taken for a disk then. */
static void test_gone(void **state)
{
	static const char *const paths[] = {
		INSIDE "ata4/host3/target3:0:0/3:0:0:0/block/sr0",
		PCI "0000:00:06.0/virtio2/host7/target7:0:0/7:0:0:0",
	};
	struct place place;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct origin origin = look(paths[i]);

		assert_true(origin.portable);
		assert_string_equal(origin.owner.port, "");
		assert_false(places_of_uevent(fake.fd, "scsi", paths[i], &place));
	}
}

static void test_the_machines_own(void **state)
{
	(void)state;
	assert_inside("");
	assert_inside("/");
	assert_inside("devices/virtual/block/dm-0");
	assert_inside(PCI "0000:00:02.0/virtio0/block/vda/vda1");
	/* names that look like more than they are */
	assert_inside(PCI "0000:00:05.0/nvme/nvmeX/nvmeXn1");
	assert_inside("devices/virtual/mmc0:aaaa/block/mmcblk0");
	assert_inside("devices/virtual/block/1:0:0:0");
	assert_inside("devices/virtual/nvme-subsystem/nvme-subsys/nvme0n1");
}

/* What is cut off from a path tells less, and never what is not so; nor what is too long. */
static void test_cut_short_and_too_long(void **state)
{
	static const char whole[] = SLOT "nvme/nvme0/nvme0n1";
	static char far[2 * PATH_MAX];
	char path[sizeof(whole)];

	(void)state;
	for (size_t i = 0; i < sizeof(whole); i++) {
		memcpy(path, whole, i);
		path[i] = '\0';
		assert_int_equal(look(path).portable, i >= strlen(SLOT "nvme/nvme0"));
	}
	for (size_t i = 0; i < sizeof(far) - 1; i++)
		far[i] = i % 200 == 199 ? '/' : 'a';
	assert_true(look(far).portable);
	assert_int_equal(look(far).place.port[0], '\0');
	memset(far, 'b', sizeof(far) - 1);
	assert_true(look(far).portable);
}

static void test_what_hangs_on_a_place(void **state)
{
	struct place usb = place_on_usb("1-2");
	struct origin card;

	(void)state;
	set(CARD, "type", "SD");
	card = look(CARD);
	assert_true(place_has(&card.place, "../../" CARD "/block/mmcblk0"));
	assert_false(place_has(&card.place, "../../" CARD "b/block/mmcblk0"));
	assert_false(place_has(&card.place, PCI "0000:00:04.0"));
	assert_true(place_has(&usb, READER "host6"));
	assert_false(place_has(&usb, PCI "0000:00:14.0/usb1/1-22/1-22:1.0"));
	assert_false(place_has(&(struct place){ .bus = BUS_NVME }, "devices"));
}

/* Everything that is there, once, the hub first; a card without a disk is a device, too. */
static void test_places(void **state)
{
	struct places places;

	(void)state;
	assert_int_equal(places_list(fake.fd, &places), 0);
	assert_int_equal(places.n, 0);
	places_finish(&places);
	fake_plug(&fake, "1-2", "A", &FAKE_STORAGE, 1);
	fake_plug(&fake, "1-2.3", "B", &FAKE_STORAGE, 1);
	set(CARD, "type", "SD");
	fake_mkdir(&fake, CARD "/block/mmcblk0/mmcblk0p1");
	fake_mkdir(&fake, SLOT "nvme/nvme0/nvme0n1");
	add_scsi(INSIDE "ata1/host0/target0:0:0/0:0:0:0", "0", 0);
	add_scsi(INSIDE "ata4/host3/target3:0:0/3:0:0:0", "5", (char)0x80);
	fake_mkdir(&fake, "bus/mmc/devices");
	fake_mkdir(&fake, "bus/scsi/devices");
	fake_run(&fake, "ln -s ../../../" CARD " bus/mmc/devices/;"
			"ln -s ../../../" INSIDE "ata1/host0/target0:0:0/0:0:0:0 bus/scsi/devices/;"
			"ln -s ../../../" INSIDE "ata4/host3/target3:0:0/3:0:0:0 bus/scsi/devices/;"
			"ln -s ../../../" INSIDE "ata4/host3 bus/scsi/devices/;"
			"ln -s ../../" CARD "/block/mmcblk0/mmcblk0p1 dev/block/179:1;"
			"ln -s ../../" SLOT "nvme/nvme0/nvme0n1 dev/block/259:0");
	assert_int_equal(places_list(fake.fd, &places), 0);
	assert_int_equal(places.n, 5);
	assert_string_equal(places.items[0].port, "1-2");
	assert_string_equal(places.items[1].port, "1-2.3");
	assert_string_equal(places.items[2].port, "mmc0:aaaa");
	assert_string_equal(places.items[3].port, "ata4");
	assert_string_equal(places.items[4].port, "0000:01:00.0");
	places_finish(&places);
}

static void test_first_uevent(void **state)
{
	struct place place;

	(void)state;
	set(CARD, "type", "SD");
	assert_true(places_of_uevent(fake.fd, "mmc", CARD, &place));
	assert_string_equal(place.path, CARD);
	assert_true(places_of_uevent(fake.fd, "block", SLOT "nvme/nvme0/nvme0n1", &place));
	/* Before it has a disk its name is not known. */
	assert_false(places_of_uevent(fake.fd, "nvme", SLOT "nvme/nvme0", &place));
	assert_false(places_of_uevent(fake.fd, "bdi", SLOT "nvme/nvme0/nvme0n1", &place));
	assert_false(places_of_uevent(fake.fd, "block", READER "host6/block/sdb", &place));
	assert_false(places_of_uevent(fake.fd, "block", PCI "0000:00:02.0/virtio0", &place));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_usb, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cards, setup, teardown),
		cmocka_unit_test_setup_teardown(test_card_that_firmware_calls_fixed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_card_in_a_reader_on_usb, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nvme, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nvme_of_several_controllers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ata, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scsi, setup, teardown),
		cmocka_unit_test_setup_teardown(test_optical, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_machines_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_short_and_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_hangs_on_a_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_uevent, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
