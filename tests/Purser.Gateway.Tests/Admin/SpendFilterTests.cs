using Xunit;

namespace Purser.Gateway.Tests.Admin;

public sealed class SpendFilterTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Spend_is_filtered_by_the_values_of_dimensions()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var answer = await gateway.ChatAsync(await gateway.KeyAsync(), Chat);
        await gateway.SettledAsync();

        Assert.Equal(1, await RequestsAsync(gateway, "where.model=gpt-5-mini&where.outcome=completed"));
        Assert.Equal(0, await RequestsAsync(gateway, "where.model=gpt-5-mini&where.outcome=refused"));
        Assert.Equal(0, await RequestsAsync(gateway, "where.team=none'%20OR%201=1%20--"));
    }

    [Theory]
    [InlineData("where.day=2026-11-24")]
    [InlineData("where.teem=x")]
    [InlineData("by=teem")]
    public async Task What_is_no_dimension_or_no_filter_is_refused(string query)
    {
        await using var gateway = await TestGateway.StartAsync();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => gateway.AdminAsync(HttpMethod.Get, $"/reports/spend?{query}"));

        Assert.Contains("400", error.Message, StringComparison.Ordinal);
        Assert.Contains("invalid_dimension", error.Message, StringComparison.Ordinal);
    }

    private static async Task<int> RequestsAsync(TestGateway gateway, string filter) =>
        (await gateway.AdminAsync(HttpMethod.Get, $"/reports/spend?by=model&{filter}"))!["total"]!["requests"]!.GetValue<int>();
}
