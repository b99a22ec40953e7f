using System.Text;
using Purser.Providers.Batches;

namespace Purser.Providers.Tests.Batches;

/// <summary>The body of a batch of messages, a request at a time.</summary>
public sealed class MessageBatchScanTests
{
    private const string Body =
        """ { "more": [{"requests":[1]}], "requests" : [ {"custom_id":"a","params":{"x":"}]"}} , {"custom_id":"b","params":{"y":[{},[]]}}], "z": null } """;

    private static readonly string[] Requests =
    [
        """{"custom_id":"a","params":{"x":"}]"}}""",
        """{"custom_id":"b","params":{"y":[{},[]]}}""",
    ];

    [Fact]
    public void Every_request_is_found_however_the_body_is_cut()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (found, step) = Read(Body, () => random.Next(1, 12));
            Assert.Equal(Requests, found);
            Assert.Equal(ScanStep.End, step);
        }
    }

    [Theory]
    [InlineData("""{"requests":[{}],"requests":[]}""")]
    [InlineData("""{"requests":{}}""")]
    [InlineData("""{"requests":[1]}""")]
    [InlineData("""{"other":[]}""")]
    [InlineData("""[{"requests":[]}]""")]
    [InlineData("""{"requests":[{}]""")]
    [InlineData("""{"requests":[{}]} {"requests":[{}]}""")]
    [InlineData("""{"requests":[{]}""")]
    [InlineData("")]
    public void What_is_no_batch_is_a_fault(string body) => Assert.Equal(ScanStep.Fault, Read(body, () => 3).Item2);

    private static (string[], ScanStep) Read(string text, Func<int> next)
    {
        var (body, found, scan) = (Encoding.UTF8.GetBytes(text), new List<string>(), new MessageBatchScan());
        var (start, end) = (0, 0);
        while (true)
        {
            var step = scan.Next(body.AsSpan(start..end), end == body.Length, out var consumed, out var request);
            if (step == ScanStep.Request)
            {
                found.Add(Encoding.UTF8.GetString(body.AsSpan(start + request.Offset, request.Length)));
            }
            else if (step != ScanStep.More)
            {
                return ([.. found], step);
            }

            start += consumed;
            end = step == ScanStep.More ? Math.Min(body.Length, end + next()) : end;
        }
    }
}
