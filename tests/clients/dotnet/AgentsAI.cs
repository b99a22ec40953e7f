using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>Microsoft.Agents.AI</c>: an agent over a chat client of <c>Microsoft.Extensions.AI.OpenAI</c>.</summary>
internal sealed class AgentsAI(Target target) : Library
{
    private const string Instructions = "Be brief.";

    private readonly IChatClient client = OpenAIChat.Client(target).AsIChatClient();

    public override async Task<string> AskAsync(string prompt) => (await client.AsAIAgent(Instructions).RunAsync(prompt)).Text;

    public override async IAsyncEnumerable<string> StreamAsync(string prompt)
    {
        await foreach (var update in client.AsAIAgent(Instructions).RunStreamingAsync(prompt))
        {
            yield return update.Text;
        }
    }

    public override async Task<string> UseToolAsync(string prompt) =>
        (await client.AsAIAgent(Instructions, tools: [ExtensionsAI.Tool]).RunAsync(prompt)).Text;
}
