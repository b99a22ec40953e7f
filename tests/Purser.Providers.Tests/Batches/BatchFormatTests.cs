using System.Buffers;
using System.Text;
using Purser.Providers.Batches;

namespace Purser.Providers.Tests.Batches;

/// <summary>What vendors say of batches.</summary>
public sealed class BatchFormatTests
{
    private const string Message =
        """{"id":"msgbatch_1","type":"message_batch","processing_status":"STATUS","request_counts":{"processing":0,"succeeded":2,"errored":1,"canceled":0,"expired":0},"ended_at":null,"cancel_initiated_at":null,"results_url":"https://api.anthropic.com/v1/messages/batches/msgbatch_1/results"}""";

    [Theory]
    [InlineData("validating", BatchEnd.None)]
    [InlineData("in_progress", BatchEnd.None)]
    [InlineData("finalizing", BatchEnd.None)]
    [InlineData("cancelling", BatchEnd.None)]
    [InlineData("completed", BatchEnd.Completed)]
    [InlineData("failed", BatchEnd.Failed)]
    [InlineData("expired", BatchEnd.Expired)]
    [InlineData("cancelled", BatchEnd.Cancelled)]
    [InlineData("something_new", BatchEnd.None)]
    public void OpenAIs_end_is_that_of_its_status(string status, BatchEnd end)
    {
        var state = BatchFormat.OpenAI.ReadState(
            Encoding.UTF8.GetBytes(
                $$$"""{"id":"batch_1","status":"{{{status}}}","output_file_id":"file-o","error_file_id":null,"request_counts":{"total":3,"completed":2,"failed":1}}"""
            )
        )!;
        Assert.Equal(("batch_1", end), (state.Id, state.End));
        Assert.Equal(["file-o"], state.ResultFiles);
        Assert.Equal(status == "failed" ? 0 : 2, state.Answered);
    }

    [Fact]
    public void Anthropics_has_its_results_where_the_gateway_is()
    {
        var body = Encoding.UTF8.GetBytes(Message.Replace("STATUS", "ended", StringComparison.Ordinal));
        var state = BatchFormat.Anthropic.ReadState(body)!;
        Assert.Equal(("msgbatch_1", BatchEnd.Completed, 2L), (state.Id, state.End, state.Answered));

        var output = new ArrayBufferWriter<byte>();
        BatchFormat.Write(body, state, "http://gateway/v1/messages/batches/msgbatch_1", output);

        Assert.Equal(
            Encoding.UTF8.GetString(body).Replace("https://api.anthropic.com", "http://gateway", StringComparison.Ordinal),
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Theory]
    [InlineData("in_progress", BatchEnd.None)]
    [InlineData("canceling", BatchEnd.None)]
    [InlineData("ended", BatchEnd.Completed)]
    public void Anthropics_end_is_that_of_its_status(string status, BatchEnd end) =>
        Assert.Equal(
            end,
            BatchFormat.Anthropic.ReadState(Encoding.UTF8.GetBytes(Message.Replace("STATUS", status, StringComparison.Ordinal)))!.End
        );

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("nothing")]
    [InlineData("")]
    [InlineData("""{"error":{"message":"no"}}""")]
    public void What_is_no_batch_is_none(string body)
    {
        Assert.Null(BatchFormat.OpenAI.ReadState(Encoding.UTF8.GetBytes(body)));
        Assert.Null(BatchFormat.Anthropic.ReadState(Encoding.UTF8.GetBytes(body)));
    }

    [Theory]
    [InlineData("https://api.anthropic.com", "https://api.anthropic.com/v1/messages/batches")]
    [InlineData("https://host/v1/", "https://host/v1/messages/batches")]
    public void Anthropics_url_has_its_version_once(string root, string batches) => Assert.Equal(batches, BatchFormat.Anthropic.Url(root));

    [Fact]
    public void A_line_is_read_with_its_request_where_it_stands()
    {
        const string line = """{"custom_id":"a","url":"/v1/x","method":"POST","body":{"model":"m"}}""";
        var read = BatchFormat.OpenAI.ReadLine(Encoding.UTF8.GetBytes(line));
        Assert.Equal(("a", "/v1/x", "POST", null), (read.CustomId, read.Url, read.Method, read.Fault));
        Assert.Equal("""{"model":"m"}""", line.Substring(read.Body.Offset, read.Body.Length));
    }

    [Theory]
    [InlineData("""{"body":{},"body":{}}""", "its request is there twice")]
    [InlineData("""{"url":"/a","url":"/b","body":{}}""", "a member of it is there twice")]
    [InlineData("""{"custom_id":"a"}""", "it has no request")]
    [InlineData("""{"body":[]}""", "its request is no JSON object")]
    [InlineData("""{"body":{}} x""", "it is no JSON object")]
    [InlineData("7", "it is no JSON object")]
    [InlineData("", "it is no JSON object")]
    public void A_line_that_is_none_says_why(string line, string why) =>
        Assert.Equal(why, BatchFormat.OpenAI.ReadLine(Encoding.UTF8.GetBytes(line)).Fault);
}
