using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>
/// Makes the features of a request in one pass over its body, in any client's format: OpenAI's chat completions, responses, embeddings and
/// completions, Anthropic's messages, Gemini's contents, Bedrock's converse, Ollama's and Cohere's chats. No network, no clock, nothing kept; the same bytes
/// give the same features. Safe for parallel calls.
/// </summary>
public static class RequestReader
{
    // 16 KB of what the user said last, and 3 KB of the system's text, tell what is asked; sizes count all of it.
    private const int UserHead = 12 * 1024;
    private const int UserTail = 4 * 1024;
    private const int SystemHead = 2 * 1024;
    private const int SystemTail = 1024;

    [ThreadStatic]
    private static Workspace? workspace;

    /// <summary>Which features these are: it changes when equal requests get others, and what was learned from is not read any more.</summary>
    public const int Generation = 2;

    /// <summary>The features of a request.</summary>
    /// <param name="body">The body, in JSON. One that isn't is read as far as it is: this never throws for what it's given.</param>
    public static RequestFeatures Read(ReadOnlySpan<byte> body)
    {
        var own = workspace ??= new Workspace();
        BodyWalk.Read(body, own.Figures);
        own.User.Take(body, own.Figures.LastUser);
        own.System.Take(body, own.Figures.System);
        return own.Finish();
    }

    /// <summary>
    /// The features of a request that is nothing but a prompt, as files of outcomes have them. All but the sizes of the body are what a
    /// body of any format gives in which it is the only turn; what is learned from (grams and <c>item_</c>) is what a body gives in which
    /// it's the last turn of the user's.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    public static RequestFeatures ReadPrompt(string prompt)
    {
        var own = workspace ??= new Workspace();
        var text = Encoding.UTF8.GetBytes(prompt);
        own.Figures.Begin(text.Length);
        own.Figures.Message.Add(new Place(0, text.Length, IsEscaped: false, TextKind.Said));
        own.Figures.EndMessage(text);
        own.User.Take(text, own.Figures.LastUser);
        own.System.Take(text, own.Figures.System);
        return own.Finish();
    }

    /// <summary>The features of a request, and why its class is what it is. Dearer than <see cref="Read"/>: for a person who asks.</summary>
    public static RequestUnderstanding Explain(ReadOnlySpan<byte> body)
    {
        var features = Read(body);
        var second = TaskClass.Other;
        var score = float.MinValue;
        foreach (var other in Enum.GetValues<TaskClass>())
        {
            if (other != features.Class && TaskScorer.Score(other, features.Dense) > score)
            {
                (second, score) = (other, TaskScorer.Score(other, features.Dense));
            }
        }
        var own = TaskScorer.Score(features.Class, features.Dense);
        return new RequestUnderstanding(features, own, second, score, TaskScorer.Reasons(features.Class, features.Dense));
    }

    // What a thread needs for one request, used again for its next.
    private sealed class Workspace
    {
        private readonly TextScan userScan = new();
        private readonly TextScan systemScan = new();
        private readonly LineScan lines = new();
        private readonly ItemForm form = new();
        private readonly GramTable grams = new();

        public RequestFigures Figures { get; } = new();
        public TextSample User { get; } = new(UserHead, UserTail);
        public TextSample System { get; } = new(SystemHead, SystemTail);

        public RequestFeatures Finish()
        {
            var item = FinalItem.Start(User.Text);
            grams.Begin(item);
            userScan.Read(User.Text, grams);
            systemScan.Read(System.Text, null);
            lines.Read(User.Text);
            var dense = DenseFeatures.Of(Figures, userScan, systemScan, lines);
            form.Write(User.Text, item, dense.AsSpan(FeatureNames.Item));
            var (places, weights) = grams.Take();
            User.Clear();
            System.Clear();
            var taskClass = TaskScorer.Classify(dense);
            return new RequestFeatures(taskClass, Difficulty.Of(taskClass, dense), dense, places, weights);
        }
    }
}
