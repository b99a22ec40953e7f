using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Ledger;

/// <summary>
/// The hashes that journals in use are made of, worked out apart from the code (little-endian, ids big-endian, lengths before what varies):
/// a change of one of them would call every journal forged.
/// </summary>
public sealed class JournalHashTests
{
    private static readonly Guid Request = new("019d0000-0001-7002-8003-000000000004");

    [Fact]
    public void An_entry_hashes_all_that_it_holds() =>
        Assert.Equal(
            "f5630ac46bdf925695c366db630dbfc0dee103f58fe63a72bdf2cbd951c57680",
            HashOf(
                new JournalEntry
                {
                    Seq = 1,
                    At = 2,
                    Kind = JournalKind.Post,
                    Attempt = new AttemptId(Request, 3),
                    SubjectHash = Bytes(1, 32),
                    RouteHash = Bytes(2, 32),
                    AdmittedAt = 4,
                    Amount = Amount(5),
                    Marks = JournalMarks.Estimated | JournalMarks.Overage,
                    Detail = "abc"u8.ToArray(),
                },
                JournalEntry.Genesis
            )
        );

    [Fact]
    public void A_long_entry_hashes_all_that_it_holds() =>
        Assert.Equal(
            "4cdd50bc6016933c7b67f79f2f2d8d2f41f3fdbcaa22784cafcc1f6eba2f8dd8",
            HashOf(
                new JournalEntry
                {
                    Seq = 1,
                    At = 2,
                    Kind = JournalKind.Control,
                    Attempt = new AttemptId(Request, 3),
                    AdmittedAt = 4,
                    Amount = Amount(-5),
                    Marks = JournalMarks.Estimated | JournalMarks.Overage,
                    Detail = Bytes((byte)'x', 1000),
                },
                Bytes(7, 32)
            )
        );

    [Fact]
    public void A_subject_hashes_who_a_request_is_for()
    {
        var subject = new Subject
        {
            KeyId = "pk-1",
            Accounts = [Account("acct_m"), Account("acct_t"), Account("acct_o")],
            EndUser = "zoë",
            Session = "s-1",
            Tags = [new("env", "prod"), new("team", "a")],
        };
        const string hash = "683a98163e3dcc5e078de6da913de96d559d146e888d19210e24821a55ea9f72";

        Assert.Equal(hash, Hex(subject.Hash));
        Assert.Equal(hash, Hex(subject.Hash));
        Assert.Equal(hash, Hex(Subject.HashOf("pk-1", "acct_m/acct_t/acct_o", "zoë", "s-1", null, "env=prod\nteam=a")));
    }

    [Fact]
    public void What_a_subject_lacks_is_not_what_is_empty()
    {
        Assert.Equal(
            "b3953c9ca9d28d6f2bb41883956bbd8ca6fb0c3d904b210e13b38b51da6b0ace",
            Hex(new Subject { KeyId = "pk-1", Accounts = [] }.Hash)
        );
        Assert.NotEqual(Subject.HashOf("k", "", null, null, null, ""), Subject.HashOf("k", "", "", null, null, ""));
        Assert.NotEqual(Subject.HashOf("k", "", "ab", "c", null, ""), Subject.HashOf("k", "", "a", "bc", null, ""));
    }

    [Fact]
    public void A_route_hashes_where_a_request_went()
    {
        var route = new Route("openai", "gpt-x", "east", "gpt-x-2026", "openai/gpt-x", "2026-11");

        Assert.Equal("70aa020d96f2d4d32a502ea2165fe48ba7ef5724f6455ace491633257713e5e6", Hex(route.Hash));
        Assert.Equal("70aa020d96f2d4d32a502ea2165fe48ba7ef5724f6455ace491633257713e5e6", Hex(route.Hash));
    }

    [Fact]
    public void A_usage_event_hashes_all_that_it_holds()
    {
        var usage = new TokenUsage();
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            usage[(UsageClass)i] = i + 1;
        }

        var used = new UsageEvent
        {
            Attempt = new AttemptId(Request, 2),
            StartedAt = 1000,
            Outcome = Outcome.Cut,
            Status = 200,
            Stream = true,
            ModelServed = "gpt-x-2026",
            ProviderRequestId = "chatcmpl-1",
            Usage = usage,
            Cost = new Money(21),
            Ceiling = new Money(22),
            Marks = JournalMarks.Estimated | JournalMarks.Overage,
            TimeToFirstByte = 23,
            Duration = 24,
            Detail = """{"a":1}""",
        };

        Assert.Equal("55701374057a864d6052331fd293df28a66230c34ac3b235fd40831216eaf283", Hex(used.Hash()));
    }

    [Fact]
    public void A_refusal_hashes_what_it_has()
    {
        var refusal = new UsageEvent
        {
            Attempt = new AttemptId(Request, 0),
            StartedAt = 1000,
            Outcome = Outcome.Refused,
        };

        Assert.Equal("591121e76a6076e07627ff051f51fea0647feb3fae65dd89e45bca4c2330ba6d", Hex(refusal.Hash()));
    }

    private static string HashOf(JournalEntry entry, ReadOnlySpan<byte> previous)
    {
        var hash = new byte[32];
        entry.ComputeHash(previous, hash);
        return Hex(hash);
    }

    private static Amount Amount(long nanos) => new(new Money(nanos), 6, 7) { Parts = new TokenParts(8, 9, 10, 11, 12) };

    private static Account Account(string id) => new(id, null, AccountKind.Team, id, DateTimeOffset.UnixEpoch);

    private static byte[] Bytes(byte value, int count) => [.. Enumerable.Repeat(value, count)];

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
