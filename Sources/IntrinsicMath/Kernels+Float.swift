#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif
import CIntrinsicKernels

extension Float {
  public static let kernels = Kernels<Float>(
    gemm: { transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc in
      BLAS.configure()
      cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda),
        b, Int32(ldb), beta, c, Int32(ldc))
    },
    syrk: { n, k, alpha, a, lda, beta, c, ldc in
      BLAS.configure()
      cblas_ssyrk(
        CblasRowMajor, CblasLower, CblasNoTrans, Int32(n), Int32(k), alpha, a, Int32(lda), beta, c,
        Int32(ldc))
    },
    choleskyFactor: { n, a, lda in
      BLAS.configure()
      var (uplo, n, lda, info) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(0))
      spotrf_(&uplo, &n, a, &lda, &info)
      return Int(info)
    },
    choleskySolve: { n, factor, lda, b in
      var (uplo, n, lda, ldb) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(n))
      var (one, info) = (Int32(1), Int32(0))
      spotrs_(&uplo, &n, &one, UnsafeMutablePointer(mutating: factor), &lda, b, &ldb, &info)
    },
    solveTriangular: { m, n, factor, ldl, x, ldx in
      BLAS.configure()
      cblas_strsm(
        CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(n), 1,
        factor, Int32(ldl), x, Int32(ldx))
    },
    mirrorLower: ik_mirror_lower_f32,
    solveLower: { m, n, factor, ldl, x, ldx in
      BLAS.configure()
      cblas_strsm(
        CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(m), Int32(n), 1,
        factor, Int32(ldl), x, Int32(ldx))
    },
    eigen: { n, a, lda, values in
      BLAS.configure()
      var (jobz, uplo) = (CChar(UInt8(ascii: "V")), BLAS.rowMajorLower)
      var (n, lda, info, work, query) = (Int32(n), Int32(lda), Int32(0), Float(0), Int32(-1))
      ssyev_(&jobz, &uplo, &n, a, &lda, values, &work, &query, &info)
      var count = Int32(work)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: Int(count)) { memory in
        ssyev_(&jobz, &uplo, &n, a, &lda, values, memory.baseAddress!, &count, &info)
      }
      return Int(info)
    },
    activate: ik_activate_f32,
    exp: ik_exp_f32,
    log: ik_log_f32,
    multiply: ik_multiply_f32,
    multiplySquared: ik_multiply_squared_f32,
    square: ik_square_f32,
    squareRoot: ik_square_root_f32,
    addToDiagonal: ik_add_to_diagonal_f32,
    addConstant: ik_add_constant_f32,
    shrinkage: ik_shrinkage_f32,
    gather: ik_gather_f32,
    addRowMeans: ik_add_row_means_f32,
    copyColumns: ik_copy_columns_f32,
    gatherSamples: ik_gather_samples_f32,
    multiplyAdds256: ik_multiply_adds_256_f32,
    multiplyAdds512: ik_multiply_adds_512_f32,
    scaledSquare: ik_scaled_square_f32,
    signs: ik_signs_f32,
    addScaled: ik_add_scaled_f32,
    scaleAdd: ik_scale_add_f32,
    fromDouble: ik_from_double_f32,
    toDouble: ik_to_double_f32,
    fill: ik_fill_f32,
    sum: ik_sum_f32,
    zeros: ik_zeros_f32,
    dot: ik_dot_f32,
    firstNotFinite: ik_first_not_finite_f32,
    multiplyRepeated: ik_multiply_repeated_f32,
    multiplyRepeatedSquares: ik_multiply_repeated_squares_f32,
    sumSquaresRepeated: ik_sum_squares_repeated_f32,
    uniform: ik_uniform_f32,
    higherDerivatives: ik_higher_derivatives_f32,
    jetActivate: ik_jet_activate_f32,
    jetMix: ik_jet_mix_f32,
    jetReduce: ik_jet_reduce_f32,
    jetOuter: ik_jet_outer_f32,
    sumComponents: ik_sum_components_f32,
    squareLoss: ik_square_loss_f32,
    bernoulliLoss: ik_bernoulli_loss_f32,
    bernoulliModulus: ik_bernoulli_modulus_f32,
    bernoulliSampled: ik_bernoulli_sampled_f32,
    softmax: ik_softmax_f32,
    softmaxLoss: ik_softmax_loss_f32,
    sphericalLoss: ik_spherical_loss_f32,
    sphericalProbabilities: ik_spherical_probabilities_f32,
    softmaxModulus: ik_softmax_modulus_f32,
    sphericalModulus: ik_spherical_modulus_f32,
    softmaxFactor: ik_softmax_factor_f32,
    sphericalFactor: ik_spherical_factor_f32,
    fisherColumns: ik_fisher_columns_f32,
    softmaxSampled: ik_softmax_sampled_f32,
    sphericalSampled: ik_spherical_sampled_f32,
    exponentialLoss: ik_exponential_loss_f32,
    diagonalSolve: ik_diagonal_solve_f32,
    rootSolve: ik_root_solve_f32,
    adam: ik_adam_f32,
    quasiDiagonalSolve: ik_quasi_diagonal_solve_f32,
    kurtosisUpdate: ik_kurtosis_update_f32,
    rowStatistics: ik_row_statistics_f32,
    addSigns: ik_add_signs_f32,
    unitSquares: ik_unit_squares_f32,
    addUnitMultiples: ik_add_unit_multiples_f32,
    inverseRoot: ik_inverse_root_f32,
    normalizeRows: ik_normalize_rows_f32,
    rowProducts: ik_row_products_f32,
    signalStatistics: ik_signal_statistics_f32,
    subtractStatistics: ik_subtract_statistics_f32,
    rankOne: ik_rank_one_f32,
    addBiasProducts: ik_add_bias_products_f32,
    subtractSquares: ik_subtract_squares_f32,
    gatherRows: ik_gather_rows_f32,
    outerRows: ik_outer_rows_f32,
    outerRowsMoments: ik_outer_rows_moments_f32,
    perSampleRows: ik_per_sample_rows_f32,
    scatterUnit: ik_scatter_unit_f32,
    termProducts: ik_term_products_f32,
    addPlaceProducts: ik_add_place_products_f32,
    unitMoments: ik_unit_moments_f32,
    addRowDots: ik_add_row_dots_f32,
    addPositionSums: ik_add_position_sums_f32,
    gainRows: ik_gain_rows_f32,
    addProducts: ik_add_products_f32,
    selectMaximum: ik_select_maximum_f32,
    addSelected: ik_add_selected_f32,
    laneMoments: ik_lane_moments_f32,
    laneSolve: ik_lane_solve_f32
  )
}
