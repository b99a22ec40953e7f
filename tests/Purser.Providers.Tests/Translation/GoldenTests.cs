using System.Buffers;

namespace Purser.Providers.Tests.Translation;

/// <summary>
/// Each cell of the matrix client × provider × case, against files that were written from the vendors' documents: the request to the provider
/// and the rules that were applied, the answer to the client, whole and streamed.
/// </summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Cells => [.. TranslationVectors.Cells];

    public static TheoryData<string> Answers => [.. TranslationVectors.Cells.Where(cell => Has(cell, "provider-response.json"))];

    public static TheoryData<string> Streams => [.. TranslationVectors.Cells.Where(cell => Has(cell, "provider-stream.txt"))];

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_request_of_the_client_then_the_provider_gets_its_own_and_the_rules_are_told(string cell)
    {
        var (client, provider) = TranslationVectors.Formats(cell);
        var read = client.ReadRequest(TranslationVectors.File(cell, "client-request.json")!, TranslationVectors.PathOf(cell));
        var rules = TranslationVectors.Lines(cell, "rules.txt");
        var output = new ArrayBufferWriter<byte>();
        var notes = read.Notes;
        var fault = read.Fault;
        if (read.Request is { } request)
        {
            var written = provider.WriteRequest(request, TranslationVectors.Target(cell), output);
            notes.AddAll(written.Notes);
            fault = written.Fault;
        }

        Assert.Equal(rules.Order(StringComparer.Ordinal), notes.Names.Order(StringComparer.Ordinal));
        if (TranslationVectors.File(cell, "provider-request.json") is { } expected)
        {
            Assert.Null(fault);
            TranslationVectors.Same(expected, output.WrittenSpan, cell);
        }
        else
        {
            Assert.Contains(fault!.Code, rules);
            Assert.Equal(0, output.WrittenCount);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_of_the_provider_then_the_client_gets_its_own(string cell)
    {
        var (client, provider) = TranslationVectors.Formats(cell);
        var context = TranslationVectors.Context(cell);
        var read = provider.ReadResponse(TranslationVectors.File(cell, "provider-response.json")!, context);
        Assert.Null(read.Violation);
        var output = new ArrayBufferWriter<byte>();
        var notes = client.WriteResponse(read.Response!, context, output);

        TranslationVectors.Same(TranslationVectors.File(cell, "client-response.json")!, output.WrittenSpan, cell);
        Assert.Equal(TranslationVectors.Lines(cell, "response-rules.txt"), notes.Names);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_of_the_provider_then_the_client_gets_its_own(string cell)
    {
        var stream = TranslationVectors.Stream(cell, TranslationVectors.File(cell, "provider-stream.txt")!);

        Assert.Equal(TranslationVectors.Events(TranslationVectors.File(cell, "client-stream.txt")!), TranslationVectors.Events(stream));
    }

    // SharedCellTests has a test of each, and says what is missing in it.
    [Fact]
    public void Every_pair_of_formats_has_every_case() =>
        Assert.All(SharedCells.All, cell => Assert.True(SharedCells.Rules.ContainsKey(cell), cell));

    private static bool Has(string cell, string file) => TranslationVectors.File(cell, file) is not null;
}
