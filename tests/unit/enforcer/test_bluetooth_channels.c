#include "fake.h"

#include "agent/enforcer/bluetooth_channels.h"
#include "agent/enforcer/bluetooth_records.h"
#include "agent/enforcer/bluez.h"

#define B(f)	     FUNCTION_BIT(FUNCTION_##f)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t peer[6] = { 1, 2, 3, 4, 5, 6 };

/* What a phone says: hands-free gateway at channel 2, object push at 9 and 0x1023, tethering, phone
 * book at 19 and 0x1025, a vendor's at 22. */
static const struct sdp_record phone[] = {
	{ "0000111f-0000-1000-8000-00805f9b34fb", 2, 0 },
	{ "00001105-0000-1000-8000-00805f9b34fb", 9, 0x1023 },
	{ "00001116-0000-1000-8000-00805f9b34fb", 0, 0 },
	{ "0000112f-0000-1000-8000-00805f9b34fb", 19, 0x1025 },
	{ "00001107-d102-11e1-9b23-00025b00a5a5", 22, 0 },
};

struct list {
	size_t n;
	struct bluetooth_channel items[BLUETOOTH_MAX_CHANNELS];
};

static struct list channels_of(function_set permitted, function_set refused, bool att)
{
	struct bluetooth_terms terms = { .permitted = permitted,
					 .refused = refused,
					 .att = att,
					 .n_records = COUNT(phone),
					 .records = phone };
	struct list list;

	memcpy(terms.peer, peer, sizeof(peer));
	list.n = bluetooth_channels(&terms, list.items);
	return list;
}

static bool has(const struct list *list, enum bluetooth_channel_kind kind, uint32_t number)
{
	for (size_t i = 0; i < list->n; i++) {
		assert_memory_equal(list->items[i].peer, peer, sizeof(peer));
		assert_int_equal(list->items[i].reserved, 0);
		if (list->items[i].kind == kind && list->items[i].number == number)
			return true;
	}
	return false;
}

static void nothing_permitted_opens_nothing(void **state)
{
	(void)state;
	assert_int_equal(channels_of(0, B(AUDIO) | B(STORAGE), false).n, 0);
}

static void a_headset_gets_audio_alone(void **state)
{
	(void)state;
	const function_set others = B(STORAGE) | B(NETWORK) | B(PHONE) | B(VENDOR);
	struct list list = channels_of(B(AUDIO), others, false);

	assert_true(has(&list, BLUETOOTH_L2CAP, 0x19));
	assert_true(has(&list, BLUETOOTH_L2CAP, 0x17));
	assert_true(has(&list, BLUETOOTH_L2CAP, 0x1b));
	assert_true(has(&list, BLUETOOTH_AUDIO, 0));
	assert_true(has(&list, BLUETOOTH_RFCOMM, 2));
	assert_true(has(&list, BLUETOOTH_RFCOMM_LOCAL, 7));
	assert_true(has(&list, BLUETOOTH_RFCOMM_LOCAL, 13));
	assert_false(has(&list, BLUETOOTH_L2CAP, 0x0f));
	assert_false(has(&list, BLUETOOTH_L2CAP, 0x1023));
	assert_false(has(&list, BLUETOOTH_L2CAP, 0x11));
	assert_false(has(&list, BLUETOOTH_DYNAMIC, 0));
	assert_false(has(&list, BLUETOOTH_ATT, 0));
	assert_false(has(&list, BLUETOOTH_L2CAP, 0x1f));
	for (unsigned channel = 1; channel <= 30; channel++) {
		bool audio = channel == 6 || channel == 7 || channel == 12 || channel == 13;

		assert_int_equal(has(&list, BLUETOOTH_RFCOMM, channel), channel == 2);
		assert_int_equal(has(&list, BLUETOOTH_RFCOMM_LOCAL, channel), audio);
	}
}

static void file_transfer_is_by_its_records(void **state)
{
	(void)state;
	struct list list = channels_of(B(STORAGE), B(AUDIO) | B(PHONE), false);

	assert_true(has(&list, BLUETOOTH_RFCOMM, 9));
	assert_true(has(&list, BLUETOOTH_L2CAP, 0x1023));
	assert_false(has(&list, BLUETOOTH_L2CAP, 0x1025));
	assert_false(has(&list, BLUETOOTH_RFCOMM, 2));
	assert_true(has(&list, BLUETOOTH_RFCOMM_LOCAL, 9));
	assert_true(has(&list, BLUETOOTH_RFCOMM_LOCAL, 10));
	assert_false(has(&list, BLUETOOTH_RFCOMM_LOCAL, 15));
	/* a phone's contents come by the same kind of multiplexer */
	assert_false(has(&list, BLUETOOTH_DYNAMIC, 0));
	list = channels_of(B(STORAGE) | B(PHONE), B(AUDIO), false);
	assert_true(has(&list, BLUETOOTH_DYNAMIC, 0));
	list = channels_of(B(PHONE), 0, false);
	assert_false(has(&list, BLUETOOTH_DYNAMIC, 0));
}

static void tethering_and_attributes(void **state)
{
	(void)state;
	struct list list = channels_of(B(NETWORK), B(AUDIO), false);

	assert_true(has(&list, BLUETOOTH_L2CAP, 0x0f));
	assert_false(has(&list, BLUETOOTH_L2CAP, 0x19));
	list = channels_of(B(KEYBOARD), 0, true);
	assert_true(has(&list, BLUETOOTH_ATT, 0));
	assert_true(has(&list, BLUETOOTH_L2CAP, 0x1f));
	assert_true(has(&list, BLUETOOTH_L2CAP, 0x11));
	assert_true(has(&list, BLUETOOTH_L2CAP, 0x13));
}

static void there_is_room_for_all(void **state)
{
	(void)state;
	struct sdp_record records[BLUETOOTH_MAX_RECORDS];
	struct bluetooth_channel channels[BLUETOOTH_MAX_CHANNELS];
	struct bluetooth_terms terms = { .permitted = ~0u, .att = true, .records = records };

	for (size_t i = 0; i < COUNT(records); i++)
		records[i] = phone[1];
	terms.n_records = COUNT(records);
	/* multiplexers, local channels, audio, dynamic ones, attributes; two of each record */
	assert_int_equal(bluetooth_channels(&terms, channels),
			 6 + 13 + 1 + 1 + 2 + 2 * BLUETOOTH_MAX_RECORDS);
	assert_true(bluetooth_channels(&terms, channels) <= BLUETOOTH_MAX_CHANNELS);
}

static void reads_what_bluetoothd_keeps(void **state)
{
	(void)state;
	char text[] =
		"[General]\n"
		"Name=A phone\n"
		"0x00010000=350809000135031911060000\n"
		"[ServiceRecords]\n"
		"0x00010001=351E090001350319110509000435113503190100350519000308093503190008\n"
		"0x00010002=this is none\n"
		"0x00010003\n"
		"0x00010004=3508090001350319111F0\n"
		"0x00010005=35080900013503191116\n"
		"[Endpoints]\n"
		"0x00010006=35080900013503191106\n";
	struct sdp_record records[4];

	assert_int_equal(bluetooth_records_parse(text, records, COUNT(records)), 2);
	assert_string_equal(records[0].uuid, "00001105-0000-1000-8000-00805f9b34fb");
	assert_int_equal(records[0].channel, 9);
	assert_string_equal(records[1].uuid, "00001116-0000-1000-8000-00805f9b34fb");
	assert_int_equal(records[1].channel, 0);
}

static void reads_the_file_of_a_peer(void **state)
{
	struct sdp_record record;
	struct fake fake;

	(void)state;
	fake_init(&fake);
	fake_mkdir(&fake, "00:AA:01:00:00:00");
	fake_mkdir(&fake, "00:AA:01:00:00:00/cache");
	fake_set(&fake, "00:AA:01:00:00:00/cache", "00:AA:01:01:00:01",
		 "[ServiceRecords]\n0x00010005=35080900013503191116");
	assert_int_equal(bluetooth_records_read(fake.root, "00:AA:01:00:00:00", "00:AA:01:01:00:01",
						&record, 1),
			 1);
	assert_int_equal(bluetooth_records_read(fake.root, "00:AA:01:00:00:00", "00:AA:01:01:00:02",
						&record, 1),
			 -ENOENT);
	fake_finish(&fake);
}

static void reads_addresses(void **state)
{
	static const char *const none[] = { "",
					    "00:AA:01:01:00:0",
					    "00:AA:01:01:00:011",
					    "00-AA-01-01-00-01",
					    "00:AA:01:01:00:0G",
					    "../../../../../etc" };
	uint8_t address[6] = { 0 };

	(void)state;
	assert_int_equal(bluez_address_parse("00:aA:01:02:03:04", address), 0);
	assert_memory_equal(address, ((uint8_t[]){ 4, 3, 2, 1, 0xaa, 0 }), sizeof(address));
	for (size_t i = 0; i < COUNT(none); i++)
		assert_int_equal(bluez_address_parse(none[i], address), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_permitted_opens_nothing),
		cmocka_unit_test(a_headset_gets_audio_alone),
		cmocka_unit_test(file_transfer_is_by_its_records),
		cmocka_unit_test(tethering_and_attributes),
		cmocka_unit_test(there_is_room_for_all),
		cmocka_unit_test(reads_what_bluetoothd_keeps),
		cmocka_unit_test(reads_the_file_of_a_peer),
		cmocka_unit_test(reads_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
