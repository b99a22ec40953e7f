namespace Purser.Simulator.Answers;

/// <summary>Ids in each provider's shape. They are drawn from the request's seed, so the same request gets the same ids.</summary>
internal static class Ids
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const string Base64Url = Base62 + "-_";
    private const string LowerCase = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Hex = "0123456789abcdef";

    /// <summary><c>chatcmpl-</c> and 29 letters and digits.</summary>
    public static string ChatCompletion(ref SeededRandom random) => Draw("chatcmpl-", Base62, 29, ref random);

    /// <summary><c>resp_</c> and 50 hexadecimal digits.</summary>
    public static string Response(ref SeededRandom random) => Draw("resp_", Hex, 50, ref random);

    /// <summary><c>call_</c> and 24 letters and digits.</summary>
    public static string ToolCall(ref SeededRandom random) => Draw("call_", Base62, 24, ref random);

    /// <summary><c>req_</c> and 32 hexadecimal digits.</summary>
    public static string OpenAIRequest(ref SeededRandom random) => Draw("req_", Hex, 32, ref random);

    /// <summary><c>fp_</c> and 10 hexadecimal digits.</summary>
    public static string Fingerprint(ref SeededRandom random) => Draw("fp_", Hex, 10, ref random);

    /// <summary><c>msg_01</c> and 22 letters and digits.</summary>
    public static string Message(ref SeededRandom random) => Draw("msg_01", Base58, 22, ref random);

    /// <summary><c>toolu_01</c> and 22 letters and digits.</summary>
    public static string ToolUse(ref SeededRandom random) => Draw("toolu_01", Base58, 22, ref random);

    /// <summary><c>req_011C</c> and 20 letters and digits.</summary>
    public static string AnthropicRequest(ref SeededRandom random) => Draw("req_011C", Base58, 20, ref random);

    /// <summary>The signature of a thinking block: 100 characters of base 64 without padding.</summary>
    public static string Signature(ref SeededRandom random) => Draw("EqQB", Base62, 96, ref random);

    /// <summary>Gemini's <c>responseId</c>: 23 characters of base 64 for URLs.</summary>
    public static string GeminiResponse(ref SeededRandom random) => Draw("", Base64Url, 23, ref random);

    /// <summary>The id of Gemini's function call: 8 lower-case letters and digits.</summary>
    public static string GeminiCall(ref SeededRandom random) => Draw("", LowerCase, 8, ref random);

    /// <summary>The end of an access token of Google's: 60 characters of base 64 for URLs.</summary>
    public static string AccessToken(ref SeededRandom random) => Draw("", Base64Url, 60, ref random);

    /// <summary><c>modr-</c> and 32 hexadecimal digits.</summary>
    public static string Moderation(ref SeededRandom random) => Draw("modr-", Hex, 32, ref random);

    /// <summary>A UUID of version 4.</summary>
    public static string Guid(ref SeededRandom random)
    {
        var digits = Draw("", Hex, 30, ref random);
        return $"{digits[..8]}-{digits[8..12]}-4{digits[12..15]}-a{digits[15..18]}-{digits[18..]}";
    }

    /// <summary>The id of Ollama's call: <c>call_</c> and 8 lower-case letters and digits.</summary>
    public static string OllamaCall(ref SeededRandom random) => Draw("call_", LowerCase, 8, ref random);

    /// <summary>The id of Cohere's call: the tool's name, <c>_</c>, and 12 lower-case letters and digits.</summary>
    public static string CohereCall(string tool, ref SeededRandom random) => tool + Draw("_", LowerCase, 12, ref random);

    /// <summary>The id of a call of a tool in Bedrock's Converse: <c>tooluse_</c> and 22 characters of base 64 for URLs.</summary>
    public static string BedrockTool(ref SeededRandom random) => Draw("tooluse_", Base64Url, 22, ref random);

    /// <summary><c>msg_bdrk_01</c> and 22 letters and digits.</summary>
    public static string BedrockMessage(ref SeededRandom random) => Draw("msg_bdrk_01", Base58, 22, ref random);

    /// <summary><c>toolu_bdrk_01</c> and 22 letters and digits.</summary>
    public static string BedrockToolUse(ref SeededRandom random) => Draw("toolu_bdrk_01", Base58, 22, ref random);

    /// <summary><c>file-</c> and 22 letters and digits.</summary>
    public static string File(ref SeededRandom random) => Draw("file-", Base62, 22, ref random);

    /// <summary><c>file_011C</c> and 20 letters and digits.</summary>
    public static string AnthropicFile(ref SeededRandom random) => Draw("file_011C", Base58, 20, ref random);

    /// <summary><c>batch_</c> and 32 hexadecimal digits.</summary>
    public static string Batch(ref SeededRandom random) => Draw("batch_", Hex, 32, ref random);

    /// <summary><c>batch_req_</c> and 32 hexadecimal digits.</summary>
    public static string BatchRequest(ref SeededRandom random) => Draw("batch_req_", Hex, 32, ref random);

    /// <summary><c>msgbatch_01</c> and 22 letters and digits.</summary>
    public static string MessageBatch(ref SeededRandom random) => Draw("msgbatch_01", Base58, 22, ref random);

    /// <summary><c>resp_</c> and 21 letters and digits.</summary>
    public static string RealtimeResponse(ref SeededRandom random) => Draw("resp_", Base62, 21, ref random);

    /// <summary><c>item_</c> and 21 letters and digits.</summary>
    public static string RealtimeItem(ref SeededRandom random) => Draw("item_", Base62, 21, ref random);

    /// <summary><c>event_</c> and 21 letters and digits.</summary>
    public static string RealtimeEvent(ref SeededRandom random) => Draw("event_", Base62, 21, ref random);

    /// <summary><c>sess_</c> and 21 letters and digits.</summary>
    public static string RealtimeSession(ref SeededRandom random) => Draw("sess_", Base62, 21, ref random);

    /// <summary><c>conv_</c> and 21 letters and digits.</summary>
    public static string RealtimeConversation(ref SeededRandom random) => Draw("conv_", Base62, 21, ref random);

    private static string Draw(string prefix, string alphabet, int length, ref SeededRandom random)
    {
        Span<char> id = stackalloc char[prefix.Length + length];
        prefix.CopyTo(id);
        UInt128 bits = 0;
        for (var i = 0; i < length; i++)
        {
            // Ten characters from each 64-bit draw, by repeated multiplication.
            bits = (i % 10 == 0 ? random.Next() : (UInt128)(ulong)bits) * (ulong)alphabet.Length;
            id[prefix.Length + i] = alphabet[(int)(bits >> 64)];
        }

        return new string(id);
    }
}
