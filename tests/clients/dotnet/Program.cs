using System.Text.Json;
using Purser.Clients.Libraries;

// Drives one library as its users do: Purser.Clients.Libraries LIBRARY CASE MODEL PROMPT, with the gateway in PURSER_URL, a key of it in
// PURSER_KEY, and in TOOL_RESULT what the tool gives. It writes one JSON object with what the library gave: the text, the pieces of a stream,
// what the tool was called with; or the error that it threw, in the library's own words.

var (name, @case, model, prompt) = (args[0], args[1], args[2], args[3]);
var target = new Target(Environment.GetEnvironmentVariable("PURSER_URL")!, Environment.GetEnvironmentVariable("PURSER_KEY")!, model);
Library library = name switch
{
    "openai" => new OpenAIChat(OpenAIChat.Client(target)),
    "openai-responses" => new OpenAIResponses(target),
    "azure" => new OpenAIChat(AzureOpenAI.WithKey(target)),
    "azure-entra" => new OpenAIChat(AzureOpenAI.WithToken(target)),
    "anthropic" => new AnthropicMessages(target),
    "extensions-ai" => new ExtensionsAI(target),
    "semantic-kernel" => new SemanticKernel(target),
    "agents-ai" => new AgentsAI(target),
    "ollama" => new Ollama(target),
    _ => throw new ArgumentException($"There is no library '{name}' here."),
};

object seen;
try
{
    switch (@case)
    {
        case "streamed":
            var pieces = new List<string>();
            await foreach (var piece in library.StreamAsync(prompt))
            {
                if (piece.Length > 0)
                {
                    pieces.Add(piece);
                }
            }

            seen = new
            {
                text = string.Concat(pieces),
                pieces,
                calls = Weather.Calls,
            };
            break;
        case "tool":
            seen = new { text = await library.UseToolAsync(prompt), calls = Weather.Calls };
            break;
        default:
            seen = new { text = await library.AskAsync(prompt), calls = Weather.Calls };
            break;
    }
}
#pragma warning disable CA1031 // Whatever it throws is what its users see.
catch (Exception exception)
#pragma warning restore CA1031
{
    seen = new { error = new { kind = exception.GetType().Name, message = exception.Message }, calls = Weather.Calls };
}

Console.WriteLine(JsonSerializer.Serialize(seen));
