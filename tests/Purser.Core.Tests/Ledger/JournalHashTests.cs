using Purser.Core.Ledger;
using Xunit;

namespace Purser.Core.Tests.Ledger;

/// <summary>
/// The hashes that journals in use are made of, worked out apart from the code (little-endian, ids big-endian, lengths before what varies):
/// a change of one of them would call every journal forged.
/// </summary>
public sealed class JournalHashTests
{
    [Fact]
    public void Each_entry_is_chained_to_the_one_before()
    {
        using var chain = new JournalChain();
        var hash = new byte[JournalChain.HashLength];
        chain.Next(JournalChain.Genesis, "one"u8, hash);
        Assert.Equal("4e233ba6ac7032d3894ecea5974fd96176e564b024af45747eb46357af8d2401", Hex(hash));
        chain.Next(hash, "two"u8, hash);
        Assert.Equal("b9f0cc527d38ea48d83c4c438121181ab01d99e83415306be2ac88792c40a8f3", Hex(hash));
    }

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
            Run = "r-1",
            Repository = "github.com/acme/search",
        };
        const string hash = "7a5db95825d6a0612eba80c21f09a0b9b7b7b59c0c26483cf52a120f80993f60";

        Assert.Equal(hash, Hex(subject.Hash));
        Assert.Equal(hash, Hex(subject.Hash));
        Assert.Equal(
            hash,
            Hex(
                Subject.HashOf(
                    "pk-1",
                    "acct_m/acct_t/acct_o",
                    "zoë",
                    "s-1",
                    null,
                    "env=prod\nteam=a",
                    "r-1",
                    "github.com/acme/search",
                    null
                )
            )
        );
    }

    [Fact]
    public void What_a_subject_lacks_is_not_what_is_empty()
    {
        Assert.Equal(
            "95c137215069f8df98d728c58a613fd573edef8ae5e0053a92e9e37a4cf84218",
            Hex(new Subject { KeyId = "pk-1", Accounts = [] }.Hash)
        );
        Assert.NotEqual(HashOf(null, null), HashOf("", null));
        Assert.NotEqual(HashOf("ab", "c"), HashOf("a", "bc"));
    }

    // Around the length up to which it's made without an array, and where a half of a surrogate pair takes three bytes.
    [Theory]
    [InlineData('e', 987, "8921e63a925853f2983b01ad5c6fdaa75ac9b30bfef420a8eb99b3a53d0732d3")]
    [InlineData('e', 988, "e118037938de41ce870c2f04a1e69055634a344d43ed0afa24b70b25ce480315")]
    [InlineData('\ud800', 1, "e86fecf38565afc4129945180871971f3d320340b906e1b8c266e5d4af1294e3")]
    [InlineData('\ud800', 1000, "3a9bf9266aa832ac9170d44e974d7d35d896f311b7b6e1bf1d87b8eb2bbb3fb2")]
    public void A_long_text_is_hashed_like_a_short_one(char letter, int length, string hash) =>
        Assert.Equal(hash, Hex(HashOf(new string(letter, length), null)));

    private static byte[] HashOf(string? endUser, string? session) => Subject.HashOf("k", "", endUser, session, null, "", null, null, null);

    [Fact]
    public void A_route_hashes_where_a_request_went()
    {
        var route = new Route("openai", "gpt-x", "east", "gpt-x-2026", "openai/gpt-x", "2026-11");

        Assert.Equal("70aa020d96f2d4d32a502ea2165fe48ba7ef5724f6455ace491633257713e5e6", Hex(route.Hash));
        Assert.Equal("70aa020d96f2d4d32a502ea2165fe48ba7ef5724f6455ace491633257713e5e6", Hex(route.Hash));
    }

    [Fact]
    public void An_entry_is_marked_as_its_event_is()
    {
        var used = new UsageEvent
        {
            Attempt = default,
            StartedAt = 0,
            Outcome = Outcome.Cut,
            Marks = JournalMarks.Estimated,
        };

        Assert.Equal(JournalMarks.Estimated, new JournalEntry { Event = used }.Marks);
        Assert.Equal(JournalMarks.None, new JournalEntry().Marks);
    }

    private static Account Account(string id) => new(id, null, AccountKind.Team, id, DateTimeOffset.UnixEpoch);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
