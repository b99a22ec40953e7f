using System.Globalization;
using System.Text;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Routing.Tests.Understanding;

/// <summary>The classes that are given to labelled requests of many languages and forms. Only the half that the weights weren't made with counts.</summary>
public sealed class TaskClassificationTests(ITestOutputHelper output)
{
    private static readonly TaskClass[] Classes = Enum.GetValues<TaskClass>();

    [Fact]
    public void Each_class_has_twenty_requests_and_more()
    {
        Assert.All(
            Classes,
            taskClass => Assert.True(LabelledRequest.All.Count(request => request.Class == taskClass) >= 20, $"{taskClass} has fewer")
        );
        Assert.Equal(LabelledRequest.All.Count, LabelledRequest.All.Select(request => request.User + request.Line).Distinct().Count());
    }

    [Theory]
    [InlineData(false, 0.9)]
    [InlineData(true, 0.8)]
    public void Classes_are_told(bool isHeldOut, double leastF1)
    {
        var told = LabelledRequest
            .All.Where(request => request.IsHeldOut == isHeldOut)
            .Select(request => (Request: request, Told: RequestReader.Explain(request.Body)))
            .ToArray();
        var counts = told.CountBy(pair => (pair.Request.Class, pair.Told.Features.Class)).ToDictionary();
        var f1 = MacroF1(counts);

        output.WriteLine(Table(counts));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"macro-F1 {f1:0.000} of {told.Length}"));
        foreach (var (request, wrong) in told.Where(pair => !isHeldOut && pair.Request.Class != pair.Told.Features.Class))
        {
            output.WriteLine($"{request.Class} [{request.Form}] {request.User.ReplaceLineEndings(" ")}\n    {wrong}");
        }
        Assert.True(f1 >= leastF1, $"macro-F1 is {f1:0.000}");
    }

    private static double MacroF1(Dictionary<(TaskClass True, TaskClass Told), int> counts) =>
        Classes.Average(taskClass =>
        {
            var right = counts.GetValueOrDefault((taskClass, taskClass));
            var said = Classes.Sum(other => counts.GetValueOrDefault((other, taskClass)));
            var are = Classes.Sum(other => counts.GetValueOrDefault((taskClass, other)));
            return 2.0 * right / (said + are);
        });

    // A row is what it is, a column what it was told to be.
    private static string Table(Dictionary<(TaskClass True, TaskClass Told), int> counts)
    {
        var table = new StringBuilder().Append(' ', 11);
        foreach (var told in Classes)
        {
            table.Append(CultureInfo.InvariantCulture, $"{told.ToString()[..Math.Min(5, told.ToString().Length)], 6}");
        }
        foreach (var row in Classes)
        {
            table.AppendLine().Append(CultureInfo.InvariantCulture, $"{row, -11}");
            foreach (var told in Classes)
            {
                var count = counts.GetValueOrDefault((row, told));
                table.Append(CultureInfo.InvariantCulture, $"{(count == 0 ? "." : count.ToString(CultureInfo.InvariantCulture)), 6}");
            }
        }
        return table.ToString();
    }
}
