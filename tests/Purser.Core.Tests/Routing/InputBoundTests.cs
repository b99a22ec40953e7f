using Purser.Core.Pricing;
using Purser.Core.Routing;
using Xunit;

namespace Purser.Core.Tests.Routing;

/// <summary>The most that requests can cost which generate nothing: embeddings and rerankings.</summary>
public sealed class InputBoundTests
{
    private const string Shop = """
        provider: shop
        models:
          - id: embed
            context_tokens: 1000
            prices: [{ start: unknown, source: s, input_per_mtok: 1 }]
          - id: rerank
            prices: [{ start: unknown, source: s, search_unit_per_call: 0.002 }]
        """;

    private static readonly PriceBook Book = PriceBook.Parse([new PriceFile("shop.yml", Shop)]).Book!;

    private static RouteDecision Route(TaskProfile profile)
    {
        var model = new CatalogModel("shop", "shop", ServedFormats.Of("f"), profile.Model, Book.FindModel("shop", profile.Model));
        return Router.Route(profile, new ModelCatalog([model]), DateTimeOffset.UnixEpoch);
    }

    private static TaskProfile Profile(string model, long bytes) =>
        new()
        {
            Format = "f",
            Model = model,
            BodyBytes = bytes,
            MaxOutputTokens = 0,
        };

    [Theory]
    // The bytes, or the context, whichever is less; and the context once for each input.
    [InlineData(400, 1, false, 400)]
    [InlineData(9000, 1, false, 1000)]
    [InlineData(9000, 3, false, 3000)]
    [InlineData(100, 3, true, 3000)]
    public void Each_input_has_a_context_of_its_own(long bytes, long inputs, bool nonText, long tokens)
    {
        var candidate = Assert.Single(Route(Profile("embed", bytes) with { Inputs = inputs, NonTextInput = nonText }).Candidates);

        Assert.Equal((tokens, 0L), (candidate.MaxInputTokens, candidate.MaxOutputTokens));
        Assert.Equal(new Money(tokens * 1000), candidate.Ceiling);
    }

    [Fact]
    public void A_reranking_costs_its_search_units_and_no_tokens()
    {
        var candidate = Assert.Single(Route(Profile("rerank", 5000) with { SearchUnits = 3 }).Candidates);

        Assert.Equal((0L, new Money(6_000_000)), (candidate.MaxInputTokens, candidate.Ceiling));
    }

    [Fact]
    public void A_reranking_without_a_price_for_its_units_isnt_routed() =>
        Assert.Equal(RouteRefusal.Unpriced, Route(Profile("embed", 5000) with { SearchUnits = 3 }).Refusal);
}
