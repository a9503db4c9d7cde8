namespace ClipLens.Texts.ActsOn;

/// <summary>The solution of a small symmetric positive definite system, in double precision.</summary>
internal static class SmallSystem
{
    /// <summary>A pivot below this share of its row's own value is rounding: the row is a sum of those before it and gets the solution
    /// 0.</summary>
    private const double Vanishing = 1e-10;

    /// <summary>Solves matrix x = right by Cholesky's method.</summary>
    /// <param name="matrix">Symmetric, [n, n].</param>
    /// <param name="right">[n].</param>
    public static double[] Solve(double[,] matrix, double[] right)
    {
        int n = right.Length;
        var lower = new double[n, n];
        double[] solution = [.. right];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double rest = matrix[i, j];
                for (int k = 0; k < j; k++) rest -= lower[i, k] * lower[j, k];
                lower[i, j] = i != j ? (double.IsInfinity(lower[j, j]) ? 0 : rest / lower[j, j])
                    : rest > Vanishing * matrix[i, i] ? Math.Sqrt(rest) : double.PositiveInfinity;
            }
            for (int k = 0; k < i; k++) solution[i] -= lower[i, k] * solution[k];
            solution[i] /= lower[i, i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++) solution[i] -= lower[k, i] * solution[k];
            solution[i] /= lower[i, i];
        }
        return solution;
    }
}
