using System.Buffers;
using System.Text;
using System.Text.Json;
using Purser.Providers.Translation.Converse;

namespace Purser.Providers.Bedrock;

/// <summary>Errors as Bedrock has them: a header names the exception, the body says why. In a stream an exception is a frame of its own.</summary>
internal static class BedrockError
{
    private const string TypeHeader = "x-amzn-errortype";

    // Where Bedrock's clients have no other place for a key of Purser's than these.
    private const string WhereKeysGo =
        " Bedrock's clients send it as AWS_BEARER_TOKEN_BEDROCK; those that sign their requests send it as AWS_SESSION_TOKEN, beside any access key.";

    private static readonly ConverseTranslator Translator = new();

    /// <summary>Writes the body of an error.</summary>
    /// <returns>The status for the client.</returns>
    public static int Write(IBufferWriter<byte> output, in WireError error) => Translator.WriteError(Explained(error), output);

    /// <summary>The headers of an error, by its status.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(int status)
    {
        var name = ConverseTranslator.ExceptionOf(status);
        return [new(TypeHeader, char.ToUpperInvariant(name[0]) + name[1..])];
    }

    /// <summary>Writes an error as the frame that ends a stream.</summary>
    public static void WriteFrame(in WireError error, IBufferWriter<byte> output)
    {
        var payload = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(payload, ErrorJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("message", error.Message);
            ErrorJson.WriteDetails(json, error, withRequestId: true);
            json.WriteEndObject();
        }
        FrameWriter.WriteException(Encoding.ASCII.GetBytes(StreamException(error.Status)), payload.WrittenSpan, output);
    }

    // Streams have fewer of them: clients take others for bugs.
    private static string StreamException(int status) =>
        ConverseTranslator.ExceptionOf(status) switch
        {
            "accessDeniedException" or "resourceNotFoundException" => "validationException",
            "modelTimeoutException" => "serviceUnavailableException",
            var name => name,
        };

    private static WireError Explained(in WireError error) =>
        error.Code == "invalid_api_key" ? error with { Message = error.Message + WhereKeysGo } : error;
}
