using CsCheck;
using Purser.Providers.Tokens;

namespace Purser.Providers.Tests.Tokens;

public class TokenRatioTests
{
    private static TokenRatio Learned(int times, double estimate, long counted)
    {
        var ratio = new TokenRatio();
        for (var time = 0; time < times; time++)
        {
            ratio.Learn(estimate, counted);
        }
        return ratio;
    }

    [Fact]
    public void Few_counts_then_nothing_is_said_yet()
    {
        var ratio = Learned(TokenRatio.Enough - 1, 100, 150);
        Assert.Equal((1d, null), (ratio.Value, ratio.Error));
    }

    [Fact]
    public void Enough_counts_then_their_median_and_the_error_of_what_it_predicted()
    {
        Assert.Equal((1.5, 0d), (Learned(TokenRatio.Enough, 100, 150).Value, Learned(TokenRatio.Enough, 100, 150).Error));
    }

    [Fact]
    public void Counts_after_the_ratio_is_made_then_the_error_is_by_the_ratio_of_before()
    {
        var ratio = Learned(TokenRatio.Enough / 2, 100, 150);
        for (var time = 0; time < TokenRatio.Enough / 2; time++)
        {
            ratio.Learn(100, 200);
        }

        // Predicted by 1.5 where 200 were counted: a quarter too little. The median is still that of the first eight.
        Assert.Equal((1.5, 0.25), (ratio.Value, ratio.Error));
    }

    [Fact]
    public void A_tenth_of_odd_counts_then_the_ratio_stays()
    {
        var ratio = new TokenRatio();
        for (var time = 0; time < 200; time++)
        {
            ratio.Learn(100, time % 11 == 0 ? 900 : 150);
        }
        Assert.Equal(1.5, ratio.Value);
        // One in eleven is odd: nine in ten are not.
        Assert.Equal(0, ratio.Error!.Value, 9);
    }

    [Fact]
    public void Another_tokenizer_then_followed_within_a_window()
    {
        var ratio = Learned(1000, 100, 150);
        for (var time = 0; time < TokenRatio.Window; time++)
        {
            ratio.Learn(100, 200);
        }
        Assert.Equal(2, ratio.Value);
    }

    [Theory]
    [InlineData(TokenRatio.Smallest - 1, 40)]
    [InlineData(100, 0)]
    [InlineData(100, -5)]
    [InlineData(100, 2000)]
    [InlineData(100, 5)]
    [InlineData(double.NaN, 40)]
    public void Counts_that_teach_nothing_then_ignored(double estimate, long counted) =>
        Assert.Equal((0, 1d), (Learned(100, estimate, counted).Seen, Learned(100, estimate, counted).Value));

    [Fact]
    public void Any_counts_then_the_ratio_is_within_those_counted()
    {
        Gen.Long[1, 10_000]
            .Array[0, 200]
            .Sample(counts =>
            {
                var ratio = new TokenRatio();
                foreach (var counted in counts)
                {
                    ratio.Learn(1000, counted);
                }
                return ratio.Value is > 0.05 and <= 16 && ratio.Error is null or >= 0;
            });
    }

    [Fact]
    public void After_the_first_window_then_one_in_thirty_two_is_wanted()
    {
        var ratio = new TokenRatio();
        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(ratio.Wants()));

        ratio = Learned(TokenRatio.Window, 100, 150);
        Assert.Equal(10, Enumerable.Range(0, 320).Count(_ => ratio.Wants()));
    }
}
