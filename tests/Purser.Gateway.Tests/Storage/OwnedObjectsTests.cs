using Purser.Gateway.Objects;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class OwnedObjectsTests
{
    private const string Owner = "acct_one";

    [Fact]
    public async Task An_object_is_its_accounts_alone_and_outlives_a_restart()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var file = File(fixture, "file-1") with { Payload = """{"id":"file-1","purpose":"batch"}""", ExpiresAt = Now(fixture).AddDays(30) };
        Assert.True(await Objects(fixture).KeepAsync(file));

        await fixture.ReopenAsync();

        Assert.Equal(file, Objects(fixture).Find(OwnedKind.File, "file-1", Owner));
        Assert.Null(Objects(fixture).Find(OwnedKind.File, "file-1", "acct_two"));
        Assert.Null(Objects(fixture).Find(OwnedKind.Batch, "file-1", Owner));
        Assert.Null(Objects(fixture).Find(OwnedKind.File, "file-2", Owner));
    }

    [Fact]
    public async Task It_never_changes_hands_and_only_what_can_change_of_it_does()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var objects = Objects(fixture);
        var batch = File(fixture, "batch_1") with { Kind = OwnedKind.Batch, IsOpen = true };
        await objects.KeepAsync(batch);

        Assert.False(await objects.KeepAsync(batch with { AccountId = "acct_two" }));
        Assert.True(await objects.KeepAsync(batch with { Credential = "cred_other", KeyId = "pk_other", IsOpen = false, Payload = "{}" }));
        Assert.False(await objects.RemoveAsync(batch with { AccountId = "acct_two" }));

        Assert.Equal(batch with { IsOpen = false, Payload = "{}" }, objects.Find(OwnedKind.Batch, "batch_1", Owner));
        Assert.Empty(objects.Open(OwnedKind.Batch));
        Assert.True(await objects.RemoveAsync(batch));
        Assert.False(await objects.RemoveAsync(batch));
        Assert.Null(objects.Find(OwnedKind.Batch, "batch_1", Owner));
    }

    [Theory]
    [InlineData("file-' OR 1=1 --")]
    [InlineData("file-\0end")]
    [InlineData("../../v1/organization/admin_api_keys")]
    [InlineData("file-%2e%2e%2f")]
    [InlineData("файл-😀")]
    public async Task An_odd_id_is_an_id_like_any_other(string id)
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var file = File(fixture, id);
        Assert.Null(Objects(fixture).Find(OwnedKind.File, id, Owner));

        await Objects(fixture).KeepAsync(file);

        Assert.Equal(file, Objects(fixture).Find(OwnedKind.File, id, Owner));
        Assert.Single(Objects(fixture).List(OwnedKind.File, Owner, new ObjectPage(10))!.Objects);
        await fixture.Store.DisposeAsync();
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_list_has_its_pages_in_both_orders()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var objects = Objects(fixture);
        for (var i = 1; i <= 5; i++)
        {
            // The third and the fourth are made in the same microsecond.
            fixture.Clock.Advance(TimeSpan.FromSeconds(i == 4 ? 0 : 1));
            await objects.KeepAsync(
                File(fixture, $"file-{i}") with
                {
                    Payload = $$"""{"purpose":"{{(i % 2 == 0 ? "batch" : "vision")}}"}""",
                }
            );
            await objects.KeepAsync(File(fixture, $"other-{i}") with { AccountId = "acct_two" });
        }

        Assert.Equal(("file-5 file-4", true), Page(new ObjectPage(2)));
        Assert.Equal(("file-3 file-2", true), Page(new ObjectPage(2, After: "file-4")));
        Assert.Equal(("file-1", false), Page(new ObjectPage(2, After: "file-2")));
        Assert.Equal(("file-1 file-2 file-3 file-4", true), Page(new ObjectPage(4, IsOldestFirst: true)));
        Assert.Equal(("file-5", false), Page(new ObjectPage(4, "file-4", IsOldestFirst: true)));
        Assert.Equal(("file-4 file-3", true), Page(new ObjectPage(2, Before: "file-2")));
        Assert.Equal(("file-5", false), Page(new ObjectPage(2, Before: "file-4")));
        Assert.Equal(("file-4 file-2", false), Page(new ObjectPage(5, Purpose: "batch")));
        Assert.Equal(("", false), Page(new ObjectPage(5, Purpose: "nothing")));
        Assert.Null(objects.List(OwnedKind.File, Owner, new ObjectPage(2, After: "other-4")));

        (string, bool) Page(ObjectPage page)
        {
            var list = objects.List(OwnedKind.File, Owner, page)!;
            return (string.Join(' ', list.Objects.Select(found => found.Id)), list.HasMore);
        }
    }

    [Fact]
    public async Task What_has_expired_is_unknown_and_its_row_goes_after_a_while()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var objects = Objects(fixture);
        await objects.KeepAsync(File(fixture, "file-old") with { ExpiresAt = Now(fixture).AddHours(1) });
        await objects.KeepAsync(File(fixture, "file-open") with { ExpiresAt = Now(fixture).AddHours(1), IsOpen = true });
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Null(objects.Find(OwnedKind.File, "file-old", Owner));
        Assert.Equal(2, fixture.Number("SELECT COUNT(*) FROM objects"));

        fixture.Clock.Advance(TimeSpan.FromDays(2));
        for (var i = 0; i < 64; i++)
        {
            await objects.KeepAsync(File(fixture, $"file-{i}"));
        }

        Assert.Equal(0, fixture.Number("SELECT COUNT(*) FROM objects WHERE id = 'file-old'"));
        Assert.Equal("file-open", Assert.Single(objects.Open(OwnedKind.File)).Id);
        await fixture.Store.DisposeAsync();
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Theory]
    [InlineData("UPDATE objects SET account_id = 'acct_two' WHERE id = 'file-1'")]
    [InlineData("UPDATE objects SET credential = 'cred_other' WHERE id = 'file-1'")]
    [InlineData("UPDATE objects SET payload = '{}' WHERE id = 'file-1'")]
    [InlineData("UPDATE objects SET is_open = 1 WHERE id = 'file-1'")]
    [InlineData("DELETE FROM objects WHERE id = 'file-1'")]
    [InlineData(
        "INSERT INTO objects SELECT kind, 'file-1', 'another', credential, key_id, account_id, created_at, expires_at, is_open, payload FROM objects WHERE id = 'file-1'"
    )]
    public async Task A_row_that_was_altered_is_found(string alteration)
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await Objects(fixture).KeepAsync(File(fixture, "file-1") with { ExpiresAt = Now(fixture).AddDays(1) });
        await Objects(fixture).KeepAsync(File(fixture, "file-2"));
        await fixture.Store.DisposeAsync();
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);

        fixture.Tamper(alteration);

        var problem = Assert.Single(LedgerVerifier.Verify(fixture.Directory).Problems);
        Assert.StartsWith("object file-1 of ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_are_all_kept()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var objects = Objects(fixture);

        var kept = await Task.WhenAll(
            Enumerable
                .Range(0, 500)
                .Select(i => Task.Run(() => objects.KeepAsync(File(fixture, $"file-{i % 250}") with { AccountId = $"acct_{i % 500}" })))
        );

        // Each id was claimed by two accounts, and one of them has it.
        Assert.Equal(250, kept.Count(won => won));
        Assert.Equal(250, fixture.Number("SELECT COUNT(*) FROM objects"));
    }

    private static OwnedObjects Objects(StoreFixture fixture) => new(fixture.Store, fixture.Clock);

    private static DateTimeOffset Now(StoreFixture fixture) => fixture.Clock.GetUtcNow();

    private static OwnedObject File(StoreFixture fixture, string id) =>
        new(OwnedKind.File, id, "openai")
        {
            Credential = "cred_1",
            KeyId = "pk_1",
            AccountId = Owner,
            CreatedAt = Now(fixture),
        };
}
