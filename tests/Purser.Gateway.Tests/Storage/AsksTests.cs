using Purser.Core.Budgets;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class AsksTests
{
    [Fact]
    public async Task An_ask_for_one_run_is_not_that_of_another()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var (one, other) = (new Scope(ScopeKind.Run, "key/one"), new Scope(ScopeKind.Run, "key/other"));
        await fixture.Store.ChangeAsync(change =>
        {
            var ask = new Ask("ask_1", "bud_1", one, fixture.Key.Id, Guid.Empty, 5, "more", change.Now, AskState.Pending, null);
            Asks.Insert(change.Connection, ask);
            return true;
        });

        using var connection = fixture.Store.OpenReader();

        Assert.Equal("ask_1", Asks.Waiting(connection, fixture.Key.Id, "bud_1", one)?.Id);
        Assert.Null(Asks.Waiting(connection, fixture.Key.Id, "bud_1", other));
        Assert.Null(Asks.Waiting(connection, fixture.Key.Id, "bud_1", null));
    }
}
