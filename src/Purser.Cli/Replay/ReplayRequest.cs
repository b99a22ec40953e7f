using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Purser.Cli.Replay;

/// <summary>
/// Makes the request that a row of a trace stands for, with fields of the public API alone: a prompt of the right number of tokens,
/// <c>max_tokens</c> for the length of the answer, and <c>user</c> to find it again in the ledger and in the simulator's record.
/// </summary>
/// <param name="run">What tells this run from others.</param>
/// <param name="model">The model to ask for.</param>
internal sealed class ReplayRequest(string run, string model)
{
    // Apart from the numbers of blocks, which are small.
    private const ulong RowSeed = 0x5EED_0000_0000_0000;

    private readonly string runPrefix = $"replay-{run}-";
    private readonly byte[] head = Encoding.UTF8.GetBytes($"{{\"model\":{JsonSerializer.Serialize(model)},\"max_tokens\":");

    /// <summary>The end user of a row.</summary>
    public string EndUser(TraceRow row) => runPrefix + row.Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number of the row that an end user stands for; null where it is of another run.</summary>
    public int? NumberOf(string? endUser) =>
        endUser?.StartsWith(runPrefix, StringComparison.Ordinal) == true
        && int.TryParse(endUser.AsSpan(runPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>The body for <c>POST /v1/chat/completions</c>.</summary>
    public ReadOnlyMemory<byte> Body(TraceRow row)
    {
        var body = new ArrayBufferWriter<byte>(256 + row.InputTokens * 6);
        body.Write(head);
        body.Write(
            Encoding.UTF8.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.OutputTokens},\"user\":\"{EndUser(row)}\",\"messages\":[{{\"role\":\"user\",\"content\":\""
                )
            )
        );
        WritePrompt(row, body);
        body.Write("\"}]}"u8);
        return body.WrittenMemory;
    }

    /// <summary>Writes a row's prompt: exactly its number of tokens, with equal text where it has equal blocks.</summary>
    public static void WritePrompt(TraceRow row, IBufferWriter<byte> output)
    {
        for (var i = 0; i < row.InputTokens; i++)
        {
            var word = row.Blocks is { } blocks
                ? PromptWords.At((ulong)blocks[i / TraceRow.BlockTokens], i % TraceRow.BlockTokens)
                : PromptWords.At(RowSeed + (ulong)row.Number, i);
            output.Write(i == 0 ? word[1..] : word);
        }
    }
}
