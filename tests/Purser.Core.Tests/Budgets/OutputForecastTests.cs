using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class OutputForecastTests
{
    [Fact]
    public void Of_seven_answers_nothing_is_told_of_eight_the_longest()
    {
        var forecast = Of(Enumerable.Range(1, 7));
        Assert.Null(forecast.Predict());

        forecast.Add(8);
        Assert.Equal(8, forecast.Predict());
    }

    [Theory]
    [InlineData(20, 19)]
    [InlineData(21, 20)] // 19.95 of them
    [InlineData(40, 38)]
    [InlineData(60, 57)]
    [InlineData(64, 61)] // 60.8 of them
    public void Of_the_answers_1_to_n_95_of_100_do_not_exceed_it(int answers, long predicted)
    {
        Assert.Equal(predicted, Of(Enumerable.Range(1, answers)).Predict());
        Assert.Equal(predicted, Of(Enumerable.Range(1, answers).Reverse()).Predict());
    }

    [Fact]
    public void The_latest_64_answers_are_remembered()
    {
        var forecast = Of(Enumerable.Repeat(1_000, 64).Concat(Enumerable.Repeat(1, 60)));
        Assert.Equal(1_000, forecast.Predict());

        // Three long ones of 64 are less than five of 100.
        forecast.Add(1);
        Assert.Equal(1, forecast.Predict());
    }

    [Theory]
    [InlineData(7, null)]
    [InlineData(8, 4L)]
    [InlineData(9, 5L)]
    public void Half_of_the_answers_do_not_exceed_the_median(int answers, long? median) =>
        Assert.Equal(median, Of(Enumerable.Range(1, answers)).Median());

    private static OutputForecast Of(IEnumerable<int> answers)
    {
        var forecast = new OutputForecast();
        foreach (var tokens in answers)
        {
            forecast.Add(tokens);
        }

        return forecast;
    }
}
