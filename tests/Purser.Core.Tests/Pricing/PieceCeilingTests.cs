using System.Globalization;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>Ceilings of what some models bill by the piece, and others by its tokens.</summary>
public sealed class PieceCeilingTests
{
    private const string Prices = """
        provider: p
        sources: { test: made up }
        models:
          - id: by-size
            prices:
              - start: unknown
                source: test
                variants:
                  small: { generated_image_per_image: 0.02 }
                  large: { generated_image_per_image: 0.08 }
          - id: by-image
            prices: [{ start: unknown, source: test, generated_image_per_image: 0.05, input_image_per_image: 0.01 }]
          - id: by-token
            prices: [{ start: unknown, source: test, input_per_mtok: 1, output_per_mtok: 2, image_input_per_mtok: 10, image_output_per_mtok: 40 }]
          - id: speech
            prices: [{ start: unknown, source: test, speech_per_mchar: 15 }]
          - id: hearing
            prices: [{ start: unknown, source: test, audio_input_per_hour: 0.36 }]
        """;

    [Theory]
    [InlineData("by-size", 3, "small", 0, "0.06")]
    [InlineData("by-size", 3, "large", 0, "0.24")]
    // What isn't known may be the dearest.
    [InlineData("by-size", 3, null, 0, "0.24")]
    [InlineData("by-size", 3, "huge", 0, "0.24")]
    // 2 × 0.05 + 3 × 0.01; the tokens have no rate and need none.
    [InlineData("by-image", 2, null, 3, "0.13")]
    // 100 × 10 + 50 × 40 = 3000 µ$: the pieces have no rate.
    [InlineData("by-token", 2, "small", 3, "0.003")]
    public void Images_then_by_the_image_or_by_their_tokens(string model, long images, string? variant, long inputs, string usd) =>
        Assert.Equal(
            decimal.Parse(usd, CultureInfo.InvariantCulture),
            Usd(
                model,
                new PieceBounds
                {
                    Images = images,
                    Variant = variant,
                    InputImages = inputs,
                },
                inputs > 0
            )
        );

    [Fact]
    public void Speech_then_by_the_character() =>
        // 1000 × 15 / 1,000,000
        Assert.Equal(0.015m, Usd("speech", new PieceBounds { Characters = 1000 }, hasMedia: false));

    [Fact]
    public void Audio_then_by_the_second() =>
        // 100 × 0.36 / 3600
        Assert.Equal(0.01m, Usd("hearing", new PieceBounds { AudioSeconds = 100 }, hasMedia: true));

    [Theory]
    [InlineData("speech")]
    [InlineData("hearing")]
    [InlineData("by-image")]
    public void A_conversation_with_such_a_model_has_no_price(string model) =>
        Assert.Equal(PricingFailureKind.ClassUnpriced, Ceiling(model, default, hasMedia: false).Failure.Kind);

    [Fact]
    public void Media_in_a_conversation_then_not_bounded_where_a_piece_of_it_has_a_fee() =>
        Assert.NotEqual(PricingFailureKind.None, Ceiling("by-image", default, hasMedia: true).Failure.Kind);

    [Fact]
    public void Only_what_is_priced_by_the_piece_needs_no_tokens()
    {
        Assert.True(Price("by-size").IsByPiece(new PieceBounds { Images = 1 }));
        Assert.True(Price("speech").IsByPiece(new PieceBounds { Characters = 1 }));
        Assert.True(Price("hearing").IsByPiece(new PieceBounds { AudioSeconds = 1 }));
        Assert.False(Price("by-token").IsByPiece(new PieceBounds { Images = 1 }));
        Assert.False(Price("speech").IsByPiece(default));
        Assert.False(Price("by-image").IsByPiece(new PieceBounds { InputImages = 1 }));
    }

    private static decimal Usd(string model, PieceBounds pieces, bool hasMedia)
    {
        var result = Ceiling(model, pieces, hasMedia);
        Assert.Equal(PricingFailureKind.None, result.Failure.Kind);
        return result.Ceiling!.Value.Usd;
    }

    private static CeilingResult Ceiling(string model, PieceBounds pieces, bool hasMedia) =>
        PriceCalculator.Ceiling(
            Price(model),
            new CeilingBounds
            {
                MaxInputTokens = 100,
                MaxOutputTokens = 50,
                NonTextInput = hasMedia,
                Pieces = pieces,
            }
        );

    private static SkuPrice Price(string model)
    {
        var parsed = PriceBook.Parse([new PriceFile("p.yml", Prices)]);
        Assert.Empty(parsed.Errors);
        return parsed.Book!.FindModel("p", model)!.PriceAt(DateTimeOffset.UnixEpoch)!;
    }
}
